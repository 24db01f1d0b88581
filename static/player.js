// Player and transcript as one: click a word to hear it, see where it is, go on by keyboard.

const byId = (id) => document.getElementById(id);
const calm = matchMedia("(prefers-reduced-motion: reduce)");
let media, following = true, current = null, currentWord = null, lines = [];

function collect() {
  lines = [...document.querySelectorAll(".line")].map((element) => ({ element, start: Number(element.dataset.start) }));
  // The same text in another language has lines of its own.
  if (media && current && !current.isConnected) mark();
}

// The last item that begins at or before `time`; items are sorted by start.
function lastBefore(items, time, startOf) {
  let low = 0, high = items.length - 1, found = null;
  while (low <= high) {
    const middle = (low + high) >> 1;
    if (startOf(items[middle]) <= time) { found = items[middle]; low = middle + 1; } else high = middle - 1;
  }
  return found;
}

function mark() {
  const time = media.currentTime + 0.05;
  const line = lastBefore(lines, time, (each) => each.start)?.element ?? null;
  if (line !== current) moveTo(line);
  const word = line && lastBefore([...line.querySelectorAll("[data-t]")], time, (each) => Number(each.dataset.t));
  if (word !== currentWord) {
    currentWord?.classList.remove("current");
    word?.classList.add("current");
    currentWord = word;
  }
}

function moveTo(line) {
  if (line === current) return;
  current?.classList.remove("current");
  current?.removeAttribute("aria-current");
  line?.classList.add("current");
  line?.setAttribute("aria-current", "true");
  current = line;
  if (line && following && media && !media.paused) bringIntoView(line);
}

function bringIntoView(line) {
  line.scrollIntoView({ block: "center", behavior: calm.matches ? "auto" : "smooth" });
}

function loop() {
  mark();
  if (!media.paused && !media.ended) requestAnimationFrame(loop);
}

function seek(time, { play = false } = {}) {
  const limit = Number.isFinite(media.duration) ? media.duration : time;
  media.currentTime = Math.min(Math.max(0, time), limit);
  if (play) media.play();
}

function follow(on) {
  following = on;
  byId("jump").hidden = on || !current;
}

function toggle() {
  if (media.paused) media.play(); else media.pause();
}

function setSpeed(step) {
  const speed = byId("speed");
  speed.selectedIndex = Math.min(Math.max(speed.selectedIndex + step, 0), speed.length - 1);
  media.playbackRate = Number(speed.value);
}

const KEYS = {
  " ": toggle, k: toggle,
  j: () => seek(media.currentTime - 10), l: () => seek(media.currentTime + 10),
  ArrowLeft: () => seek(media.currentTime - 5), ArrowRight: () => seek(media.currentTime + 5),
  "[": () => setSpeed(-1), "]": () => setSpeed(1),
};

function onKey(event) {
  const act = KEYS[event.key.length === 1 ? event.key.toLowerCase() : event.key];
  const busy = event.target.closest("input, select, textarea, [contenteditable]");
  // Space and arrows already mean something on a control that has the focus.
  const own = event.target.closest("button, a, summary, audio, video") && [" ", "ArrowLeft", "ArrowRight"].includes(event.key);
  if (!act || busy || own || event.ctrlKey || event.altKey || event.metaKey) return;
  event.preventDefault();
  act();
}

// Only what a person does counts as scrolling by hand; our own scrolling sends none of these.
function onHandScroll(event) {
  if (event.type === "keydown" && !["PageUp", "PageDown", "Home", "End", "ArrowUp", "ArrowDown"].includes(event.key)) return;
  if (media && !media.paused) follow(false);
}

// A chapter, a phrase or a name: go where it is said; the line comes into view also while nothing plays.
function onSeek(event) {
  const place = event.target.closest("a[data-seek]");
  if (!place || event.ctrlKey || event.metaKey || event.shiftKey) return;
  const line = place.dataset.line && byId(place.dataset.line);
  if (!line) return;  // it is in a part that is not here; the link leads there
  event.preventDefault();
  if (media) {
    seek(Number(place.dataset.seek));
    follow(true);
  }
  moveTo(line);
  bringIntoView(line);
}

function onClick(event) {
  const word = event.target.closest("#transcript [data-t]");
  const time = event.target.closest("#transcript a.at");
  // Somebody who selects text does not want to jump.
  if (word && getSelection().isCollapsed) seek(Number(word.dataset.t), { play: true });
  if (time) { event.preventDefault(); openAt(time.hash); history.replaceState(null, "", time.hash); }
  if (word || time) follow(true);
}

function openAt(hash) {
  const time = Number(new URLSearchParams(hash.slice(1)).get("t"));
  if (!hash.startsWith("#t=") || !Number.isFinite(time)) return;
  const go = () => { seek(time); mark(); if (current) bringIntoView(current); };
  if (media.readyState >= HTMLMediaElement.HAVE_METADATA) go();
  else media.addEventListener("loadedmetadata", go, { once: true });
}

async function copyLink(event) {
  const link = new URL(location.href);
  link.hash = `t=${media.currentTime.toFixed(1)}`;
  await navigator.clipboard.writeText(link.href);
  byId("announcer").textContent = "Link copied";
  event.target.textContent = "Copied";
  setTimeout(() => { event.target.textContent = "Copy link"; }, 2000);
}

function start() {
  const found = byId("media");
  if (!found || found === media) return collect();
  media = found;
  collect();
  byId("player-row").hidden = false;
  media.addEventListener("play", loop);
  media.addEventListener("seeked", mark);
  media.addEventListener("error", () => { byId("media-problem").hidden = false; });
  if (media.error) byId("media-problem").hidden = false;
  byId("speed").addEventListener("change", () => setSpeed(0));
  byId("copy-link").addEventListener("click", copyLink);
  byId("copy-link").hidden = !navigator.clipboard;
  for (const button of document.querySelectorAll("[data-skip]")) {
    button.addEventListener("click", () => seek(media.currentTime + Number(button.dataset.skip)));
  }
  byId("jump").addEventListener("click", () => { follow(true); if (current) bringIntoView(current); });
  document.addEventListener("click", onClick);
  document.addEventListener("keydown", onKey);
  for (const name of ["wheel", "touchmove", "keydown"]) addEventListener(name, onHandScroll, { passive: true });
  openAt(location.hash);
}

start();
document.addEventListener("click", onSeek);
document.addEventListener("htmx:load", start);
