// What every page has: theme, local times, questions before a form is sent, copy buttons.

const root = document.documentElement;
const dark = matchMedia("(prefers-color-scheme: dark)");
const theme = document.querySelector("#theme");

theme.hidden = false;
theme.addEventListener("click", () => {
  const now = root.dataset.theme || (dark.matches ? "dark" : "light");
  root.dataset.theme = now === "dark" ? "light" : "dark";
  // A cookie, so that the server sends the next page in the right colours: nothing flashes.
  document.cookie = `reelscribe_theme=${root.dataset.theme}; path=/; max-age=31536000; samesite=lax`;
});

const full = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });
const relative = new Intl.RelativeTimeFormat("en", { numeric: "auto" });

function spoken(moment) {
  const minutes = Math.round((moment - Date.now()) / 60000);
  if (minutes > -1) return "just now";
  if (minutes > -60) return relative.format(minutes, "minute");
  if (minutes > -24 * 60) return relative.format(Math.round(minutes / 60), "hour");
  return full.format(moment);
}

function localise(part) {
  for (const time of part.querySelectorAll("time[datetime]")) {
    const moment = new Date(time.dateTime);
    time.textContent = spoken(moment);
    time.title = full.format(moment);
  }
  for (const button of part.querySelectorAll("[data-copy]")) button.hidden = false;
}

document.addEventListener("submit", (event) => {
  const question = event.target.dataset.confirm;
  if (question && !confirm(question)) event.preventDefault();
});

document.addEventListener("change", (event) => {
  if (event.target.matches("[data-submit]")) event.target.form.requestSubmit();
});

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent);
  button.textContent = "Copied";
});

localise(document);
document.addEventListener("htmx:load", (event) => localise(event.detail.elt));
