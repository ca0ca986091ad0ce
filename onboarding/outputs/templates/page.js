"use strict";
// So many of what was found are opened: results to read, groups of results to go through.
const READ = 10;
const LISTED = 100;
const root = document.documentElement;
const form = document.querySelector("form");
const all = [...document.querySelectorAll("details")];
const results = [...document.querySelectorAll(".result")].map((element) => ({
  element,
  details: element.querySelector("details"),
  places: [element.closest(".group"), element.closest(".verdict")].filter(Boolean),
  verdict: element.closest(".verdict").dataset.verdict,
  rules: element.dataset.rules.split(" "),
  text: plain(element.textContent),
}));
let before = null; // what was open before a search

function plain(text) {
  return text.normalize("NFKC").toLowerCase();
}

function filter() {
  const chosen = new FormData(form);
  const verdicts = chosen.getAll("verdict");
  const rule = chosen.get("rule");
  const words = plain(chosen.get("text")).split(/\s+/).filter(Boolean);
  const found = results.filter(({ verdict, rules, text }) =>
    verdicts.includes(verdict) && (!rule || rules.includes(rule)) && words.every((word) => text.includes(word)));
  const shown = new Set(found);
  for (const result of results) result.element.hidden = !shown.has(result);
  const counts = new Map();
  for (const { places } of found) for (const place of places) counts.set(place, (counts.get(place) ?? 0) + 1);
  for (const place of document.querySelectorAll(".group, .verdict")) {
    place.hidden = !counts.has(place);
    place.querySelector(".count").textContent = counts.get(place) ?? 0;
  }
  for (const place of document.querySelectorAll(".shown .n")) place.textContent = found.length;
  if (rule || words.length) reveal(found);
  else if (before) before = restore(before);
}

function reveal(found) {
  before ??= remember();
  restore(before);
  if (found.length <= LISTED) for (const { places: [group] } of found) if (group.matches(".group")) group.firstElementChild.open = true;
  if (found.length <= READ) for (const { details } of found) if (details) details.open = true;
}

function remember() {
  return all.map((details) => details.open);
}

function restore(states) {
  all.forEach((details, i) => { if (details.open !== states[i]) details.open = states[i]; });
  return null;
}

function speak(lang) {
  root.dataset.lang = lang;
  root.lang = lang === "zh" ? "zh-CN" : "en";
  document.title = root.dataset[lang === "zh" ? "titleZh" : "titleEn"];
  for (const button of document.querySelectorAll(".languages button")) {
    button.setAttribute("aria-pressed", String(button.value === lang));
  }
  for (const option of document.querySelectorAll("option")) option.textContent = option.dataset[lang];
}

function open(wanted) {
  for (const details of all) details.open = wanted;
}

form.addEventListener("input", filter);
form.addEventListener("submit", (event) => event.preventDefault());
for (const button of document.querySelectorAll(".languages button")) {
  button.addEventListener("click", () => speak(button.value));
}
document.querySelector("#open").addEventListener("click", () => open(true));
document.querySelector("#close").addEventListener("click", () => open(false));
let printing = null;
window.addEventListener("beforeprint", () => { printing = remember(); open(true); });
window.addEventListener("afterprint", () => restore(printing));
for (const element of document.querySelectorAll("form, .languages")) element.hidden = false;
// A browser keeps what was chosen when a page is loaded again.
speak(root.dataset.lang);
filter();
