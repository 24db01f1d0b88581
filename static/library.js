// The lists stay up to date: progress at once, everything else by asking for the entry again.

const list = document.querySelector(".entries[data-events]");
const announcer = document.querySelector("#announcer");
let source;

function entryOf(id) {
  return list.querySelector(`[data-job="${CSS.escape(id)}"]`);
}

function refresh(id) {
  const entry = entryOf(id);
  if (entry) htmx.ajax("GET", `/jobs/${id}/card`, { target: entry, swap: "outerHTML" });
}

function onProgress(event) {
  const said = JSON.parse(event.data);
  const entry = entryOf(said.job_id);
  if (!entry) return;
  const percent = entry.querySelector(".percent");
  if (entry.dataset.status !== said.status || !percent) return refresh(said.job_id);
  entry.querySelector(".bar").value = said.progress;
  percent.textContent = said.progress;
}

function onEnd(event) {
  const { job_id: id } = JSON.parse(event.data);
  const entry = entryOf(id);
  if (!entry) return;
  announcer.textContent = `${entry.querySelector("h2").textContent.trim()}: ${event.type.split(".")[1]}`;
  refresh(id);
}

function open() {
  source = new EventSource(list.dataset.events);
  source.addEventListener("job.progress", onProgress);
  for (const name of ["job.completed", "job.failed", "job.cancelled"]) source.addEventListener(name, onEnd);
}

// A hidden tab lets its connection go: browsers allow few to one server.
function follow() {
  if (document.hidden) return source?.close();
  open();
  for (const entry of list.querySelectorAll('[data-status="pending"], [data-status="processing"]')) refresh(entry.dataset.job);
}

if (list) {
  open();
  document.addEventListener("visibilitychange", follow);
  addEventListener("pagehide", () => source.close());
}
