// A running job: one stream of events moves the bar, adds text and, at the end, fetches the result.

const ENDS = ["job.completed", "job.failed", "job.cancelled"];
const announcer = document.querySelector("#announcer");
const baseTitle = document.title;
let source, ticking, wait = 1000, best = 0;
let reached = [];  // [moment, fraction] of the stage that runs, for the time left
let stage = "";

const job = () => document.querySelector("#job");
const byId = (id) => document.getElementById(id);

function clock(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, String(whole % 60).padStart(2, "0")];
  return hours ? `${hours}:${String(minutes).padStart(2, "0")}:${rest}` : `${minutes}:${rest}`;
}

function refreshStatus() {
  const status = byId("job-status");
  if (status) htmx.trigger(status, "refresh");
}

function onProgress(event) {
  const said = JSON.parse(event.data);
  if (said.snapshot) return onSnapshot(said);
  const step = document.querySelector(".step.running");
  if (!step || step.dataset.stage !== said.stage) {
    stage = said.stage;
    reached = [];
    refreshStatus();
  }
  show(said.progress);
  measure(said.stage_progress);
}

function onSnapshot(said) {
  const running = byId("job-running");
  if (running && said.status !== job().dataset.status) {
    job().dataset.status = said.status;
    refreshStatus();
  }
  show(said.progress);
}

function show(percent) {
  best = Math.max(best, percent);
  const bar = byId("bar");
  if (!bar || bar.value >= best) return;
  bar.value = best;
  byId("percent").textContent = best;
  document.title = `${best} % · ${baseTitle}`;
}

function measure(fraction) {
  if (!(fraction > 0)) return;
  reached.push([performance.now(), fraction]);
  if (reached.length > 40) reached.shift();
}

// Only what was measured in this very step, and only once there is enough of it to tell.
function left() {
  if (reached.length < 3) return "";
  const [[start, from], [end, to]] = [reached[0], reached[reached.length - 1]];
  const seconds = (end - start) / 1000;
  if (seconds < 5 || to - from < 0.05) return "";
  const rest = ((1 - to) / (to - from)) * seconds - (performance.now() - end) / 1000;
  if (rest < 10) return "this step is nearly done";
  return rest < 90 ? `about ${Math.ceil(rest / 10) * 10} s left for this step` : `about ${Math.round(rest / 60)} min left for this step`;
}

function tick() {
  const status = byId("job-status");
  if (!status?.dataset.started) return;
  byId("elapsed").textContent = clock((Date.now() - new Date(status.dataset.started)) / 1000);
  byId("left").textContent = left();
}

function onPartial(event) {
  const text = byId("live-text");
  if (!text) return;
  const said = JSON.parse(event.data);
  if (said.restart) {
    // Another engine begins anew: what the first one wrote is no part of the result.
    for (const line of text.querySelectorAll("[data-segment]")) line.remove();
    reached = [];
  }
  const atEnd = text.scrollHeight - text.scrollTop - text.clientHeight < 40;
  for (const segment of said.segments) put(text, segment);
  if (atEnd) text.scrollTop = text.scrollHeight;
}

function put(text, segment) {
  // By its time: the ids change when the steps after this one cut the text anew.
  const key = String(Math.floor(segment.start * 10));
  let line = text.querySelector(`[data-segment="${CSS.escape(key)}"]`);
  if (!line) {
    line = document.createElement("p");
    line.dataset.segment = key;
    line.dir = "auto";
    // Several workers may write at once, so a later part can come before an earlier one.
    const after = [...text.querySelectorAll("[data-segment]")].find((each) => Number(each.dataset.segment) > Number(key));
    text.insertBefore(line, after ?? text.querySelector(".live-hint"));
  }
  const at = document.createElement("span");
  at.className = "at";
  at.textContent = clock(segment.start);
  line.replaceChildren(at, ` ${segment.text}`);
}

async function onEnd(event) {
  stop();
  const outcome = event.type.split(".")[1];
  announcer.textContent = `The job is ${outcome}.`;
  document.title = outcome === "completed" ? `Done · ${baseTitle}` : baseTitle;
  await htmx.ajax("GET", `/jobs/${job().dataset.job}/panel`, { target: "#job", swap: "outerHTML" });
}

function stop() {
  source?.close();
  clearInterval(ticking);
}

// The browser comes back by itself after a broken line, but gives up after an error answer.
function onError() {
  if (source.readyState !== EventSource.CLOSED) return;
  setTimeout(follow, wait);
  wait = Math.min(wait * 2, 30000);
}

function follow() {
  const running = byId("job-running");
  if (!running) return;
  source = new EventSource(running.dataset.events);
  source.addEventListener("open", () => { wait = 1000; });
  source.addEventListener("error", onError);
  source.addEventListener("job.progress", onProgress);
  source.addEventListener("job.partial", onPartial);
  source.addEventListener("job.warning", refreshStatus);
  for (const name of ENDS) source.addEventListener(name, onEnd);
}

if (byId("job-running")) {
  follow();
  ticking = setInterval(tick, 1000);
  // What is fetched may be a moment older than what the events said.
  document.addEventListener("htmx:afterSwap", () => { show(0); tick(); });
  addEventListener("pagehide", stop);
  addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
}
