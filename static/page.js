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
const clock = new Intl.DateTimeFormat(undefined, { timeStyle: "medium" });
const relative = new Intl.RelativeTimeFormat("en", { numeric: "auto" });

function spoken(moment) {
  const minutes = Math.round((moment - Date.now()) / 60000);
  if (minutes >= 1) return minutes < 60 ? relative.format(minutes, "minute") : full.format(moment);
  if (minutes > -1) return "just now";
  if (minutes > -60) return relative.format(minutes, "minute");
  if (minutes > -24 * 60) return relative.format(Math.round(minutes / 60), "hour");
  return full.format(moment);
}

function localise(part) {
  for (const time of part.querySelectorAll("time[datetime]")) {
    const moment = new Date(time.dateTime);
    // data-clock: the time of day, data-exact: never "2 hours ago".
    time.textContent = "clock" in time.dataset ? clock.format(moment) : "exact" in time.dataset ? full.format(moment) : spoken(moment);
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

// A page that came without HTTPS has no clipboard of its own, as in many a local network.
async function copy(text) {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  const area = document.createElement("textarea");
  area.value = text;
  document.body.append(area);
  area.select();
  document.execCommand("copy");
  area.remove();
}

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  await copy(document.getElementById(button.dataset.copy).textContent);
  button.textContent = "Copied";
  setTimeout(() => { button.textContent = "Copy"; }, 2000);
});

localise(document);
document.addEventListener("htmx:load", (event) => localise(event.detail.elt));
