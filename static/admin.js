// The overview stays up to date: the stream says when something has changed, then the page asks for it.

const state = document.querySelector("#live-state");
let source;
let busy = false;

// What somebody reads, marks or is about to press must not vanish under their hands.
function inUse() {
  const live = document.querySelector("#live");
  const marked = getSelection();
  return document.hidden || (!marked.isCollapsed && live.contains(marked.anchorNode)) || live.matches(":has(:active)");
}

async function refresh() {
  if (busy || inUse()) return;
  busy = true;
  try {
    await htmx.ajax("GET", "/admin/live", { target: "#live", swap: "outerHTML" });
  } finally {
    busy = false;
  }
}

// It may be in use only since the page was asked for: then this picture is left out, the next one comes soon.
document.addEventListener("htmx:beforeSwap", (event) => {
  if (event.detail.target.id === "live" && inUse()) event.detail.shouldSwap = false;
});

function say(text, kind) {
  state.textContent = text;
  state.className = `chip ${kind}`;
  state.hidden = false;
}

function onError() {
  // After an error answer the browser gives up: somebody signed out, or is no admin any more.
  if (source.readyState === EventSource.CLOSED) say("Not live; reload the page", "failed");
  else say("Connecting…", "warning");
}

function open() {
  source?.close();
  source = new EventSource(state.dataset.events);
  source.addEventListener("open", () => say("Live", "completed"));
  source.addEventListener("error", onError);
  source.addEventListener("overview", refresh);
}

// A hidden tab lets its connection go: browsers allow few to one server.
function follow() {
  if (document.hidden) source.close();
  else open();
}

open();
document.addEventListener("visibilitychange", follow);
addEventListener("pagehide", () => source.close());
// Back from another page, as it was left.
addEventListener("pageshow", (event) => { if (event.persisted) open(); });
