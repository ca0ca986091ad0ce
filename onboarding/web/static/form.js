// The form works without this file. With it, what is typed is still there when the page was left without handing in.
"use strict";

const form = document.querySelector("#application");
const handedIn = document.querySelector("[data-handed-in]");
const OURS = new Set(["sign", "action", "file"]);

// A browser may keep nothing, or be told to; then there is no draft, and that is all.
const drafts = {
  key: (ruleset) => `onboard-draft:${ruleset}`,
  read(ruleset) {
    try {
      return JSON.parse(localStorage.getItem(this.key(ruleset)));
    } catch {
      return null;
    }
  },
  write(ruleset, fields) {
    try {
      localStorage.setItem(this.key(ruleset), JSON.stringify(fields));
    } catch {
      // Nothing is kept.
    }
  },
  drop(ruleset) {
    try {
      localStorage.removeItem(this.key(ruleset));
    } catch {
      // Nothing was kept.
    }
  },
};

const typed = () => [...new FormData(form)].filter(([name]) => !OURS.has(name));

// Sends a draft as the form itself would, so that the page comes back with room for all of its brands.
function send(fields) {
  const carrier = document.createElement("form");
  carrier.method = "post";
  // Not `form.action`: that is the buttons of this name.
  carrier.action = form.getAttribute("action");
  for (const [name, value] of [...fields, ["action", "stay"]]) {
    const input = document.createElement("input");
    input.type = "hidden";
    input.name = name;
    input.value = value;
    carrier.append(input);
  }
  document.body.append(carrier);
  carrier.submit();
}

if (form) {
  const ruleset = form.dataset.ruleset;
  const save = () => drafts.write(ruleset, typed());
  // A page that is loaded again holds what was sent, and not what was typed since.
  const sent = !("fresh" in form.dataset) && performance.getEntriesByType("navigation")[0]?.type === "navigate";
  const draft = sent ? null : drafts.read(ruleset);
  if (Array.isArray(draft) && draft.length && JSON.stringify(draft) !== JSON.stringify(typed())) {
    const offer = document.querySelector("#draft");
    offer.hidden = false;
    document.querySelector("#draft-use").addEventListener("click", () => send(draft));
    document.querySelector("#draft-drop").addEventListener("click", () => {
      drafts.drop(ruleset);
      offer.hidden = true;
    });
  } else if (sent) {
    save();
  }
  form.addEventListener("input", save);
  form.addEventListener("submit", save);
}
if (handedIn) drafts.drop(handedIn.dataset.handedIn);

const print = document.querySelector("#print");
if (print) {
  print.hidden = false;
  print.addEventListener("click", () => window.print());
}
