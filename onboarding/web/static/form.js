// The form works without this file; with it, nothing typed is lost when the page is left.
document.querySelector("[data-focus]")?.focus();
