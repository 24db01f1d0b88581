// Marks of unsure words are on unless somebody has switched them off; style sheets do the rest.

const KEPT = "reelscribe.marks";

function start() {
  const box = document.getElementById("mark-unsure");
  if (!box || box.dataset.ready) return;
  box.dataset.ready = "yes";
  box.checked = localStorage.getItem(KEPT) !== "off";
  box.addEventListener("change", () => localStorage.setItem(KEPT, box.checked ? "on" : "off"));
}

start();
document.addEventListener("htmx:load", start);
