// Keys and dialogs of the admin area. An element with data-key="r" is clicked (a field: focused) by that key;
// data-opens="id" opens a dialog; what htmx puts into #dialog-body is shown in a dialog. All of it is also a link,
// a button or a page of its own, so that nothing depends on this file.

const dialog = document.querySelector("#dialog");
const body = document.querySelector("#dialog-body");
const FIELDS = "input:not([type=checkbox], [type=radio], [type=submit], [type=button]), textarea, select";

const isShown = (element) => element.checkVisibility?.() ?? element.offsetParent !== null;

function onKey(event) {
  if (event.defaultPrevented || event.ctrlKey || event.altKey || event.metaKey) return;
  if (event.target.closest(FIELDS)) {
    // Escape leaves a field, so that the other keys work again; in a dialog it closes the dialog.
    if (event.key === "Escape" && !document.querySelector("dialog[open]")) event.target.blur();
    return;
  }
  if (document.querySelector("dialog[open]")) return;
  const found = [...document.querySelectorAll(`[data-key="${CSS.escape(event.key)}"]`)].find((each) => isShown(each) && !each.disabled);
  if (!found) return;
  event.preventDefault();
  if (!found.matches(FIELDS)) return found.click();
  found.focus();
  found.select?.();
}

function show(element) {
  if (!element.open) element.showModal();
}

document.addEventListener("keydown", onKey);

document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-opens]");
  if (opener) show(document.getElementById(opener.dataset.opens));
  const closer = event.target.closest("[data-closes]");
  if (closer?.closest("dialog")) {
    event.preventDefault();
    closer.closest("dialog").close();
  }
  // A click beside the dialog closes it, unless something was typed into it.
  if (event.target.matches("dialog[open]") && !event.target.querySelector("textarea:not(:placeholder-shown)")) event.target.close();
});

if (dialog) {
  // What is refused is shown there too: it says why.
  document.addEventListener("htmx:beforeSwap", (event) => {
    if (event.detail.target === body && [402, 409, 422].includes(event.detail.xhr.status)) event.detail.shouldSwap = true;
  });
  document.addEventListener("htmx:afterSwap", (event) => {
    if (event.detail.target !== body) return;
    show(dialog);
    dialog.scrollTop = 0;
    (body.querySelector("[autofocus]") ?? body.querySelector("h2, h1"))?.focus();
  });
  dialog.addEventListener("close", () => body.replaceChildren());
}

// A message in the address is said once, not again when the page is reloaded.
const place = new URL(location.href);
if (place.searchParams.has("said")) {
  place.searchParams.delete("said");
  history.replaceState(null, "", place);
}
for (const element of document.querySelectorAll("[data-script]")) element.hidden = false;
document.addEventListener("htmx:load", (event) => {
  for (const element of event.detail.elt.querySelectorAll?.("[data-script]") ?? []) element.hidden = false;
});
