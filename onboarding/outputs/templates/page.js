"use strict";
const root = document.documentElement;
const form = document.querySelector("form");
const results = [...document.querySelectorAll(".result")].map((element) => ({
  element,
  verdict: element.dataset.verdict,
  rules: element.dataset.rules.split(" "),
  text: element.textContent.toLowerCase(),
}));

function filter() {
  const chosen = new FormData(form);
  const verdicts = chosen.getAll("verdict");
  const rule = chosen.get("rule");
  const words = chosen.get("text").toLowerCase().split(/\s+/).filter(Boolean);
  let shown = 0;
  for (const { element, verdict, rules, text } of results) {
    const fits = verdicts.includes(verdict) && (!rule || rules.includes(rule)) && words.every((word) => text.includes(word));
    element.hidden = !fits;
    shown += fits;
  }
  for (const place of document.querySelectorAll(".shown .n")) place.textContent = shown;
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

function open(all) {
  for (const details of document.querySelectorAll(".result > details")) details.open = all;
}

form.addEventListener("input", filter);
form.addEventListener("submit", (event) => event.preventDefault());
for (const button of document.querySelectorAll(".languages button")) {
  button.addEventListener("click", () => speak(button.value));
}
document.querySelector("#open").addEventListener("click", () => open(true));
document.querySelector("#close").addEventListener("click", () => open(false));
window.addEventListener("beforeprint", () => open(true));
for (const element of document.querySelectorAll("form, .languages")) element.hidden = false;
// A browser keeps what was chosen when a page is loaded again.
speak(root.dataset.lang);
filter();
