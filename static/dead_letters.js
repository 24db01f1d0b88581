// The list of dead letters: which are selected, which one is current, and its refreshing by itself.

const SHORTEST_MS = 5000;
const LONGEST_MS = 60000;
const KEPT = "reelscribe.letters";
const byId = (id) => document.getElementById(id);
const list = () => byId("letters");
const form = byId("bulk-form");
const announcer = byId("announcer");

// Survives a refresh, another page of the list and the way to a letter and back; a new filter begins anew. That all
// are selected does not survive: who comes back later would not expect it.
const kept = JSON.parse(sessionStorage.getItem(KEPT) ?? "null");
const picked = new Set(kept?.filter === form?.dataset.filter ? kept.ids : []);
let all = false;
let current = null, last = null, halted = false, failed = false, busy = false, pauseMs = SHORTEST_MS, dueAt = Date.now() + SHORTEST_MS;

const rows = () => [...list().querySelectorAll("tr[data-id]")];
const rowOf = (id) => list().querySelector(`tr[data-id="${CSS.escape(id)}"]`);
const total = () => Number(list().dataset.total);
const many = (count, word) => `${count.toLocaleString()} ${word}${count === 1 ? "" : "s"}`;

function show() {
  for (const row of rows()) {
    const on = all || picked.has(row.dataset.id);
    row.querySelector("input").checked = on;
    row.classList.toggle("picked", on);
    row.classList.toggle("current", row.dataset.id === current);
  }
  const shown = rows().length;
  const here = rows().filter((row) => picked.has(row.dataset.id)).length;
  const count = all ? total() : picked.size;
  const page = byId("pick-page");
  if (page) {
    page.checked = all || (shown > 0 && here === shown);
    page.indeterminate = !page.checked && here > 0;
  }
  byId("picked-count").textContent = all ? `All ${count.toLocaleString()} that match are selected` : count ? `${count.toLocaleString()} selected` : "Nothing selected";
  byId("pick-all").hidden = all || count === 0 || total() <= shown || count >= total();
  byId("pick-all").textContent = `Select all ${total().toLocaleString()} matching`;
  byId("pick-none").hidden = count === 0;
  byId("scope-all").checked = all;
  for (const button of form.querySelectorAll("button[name=action]")) button.disabled = count === 0;
  form.classList.toggle("some", count > 0);
  sessionStorage.setItem(KEPT, JSON.stringify({ filter: form.dataset.filter, ids: [...picked] }));
  tell();
}

function set(ids, on) {
  if (all) { for (const row of rows()) picked.add(row.dataset.id); all = false; }
  for (const id of ids) { if (on) picked.add(id); else picked.delete(id); }
  show();
}

function clear() {
  picked.clear();
  all = false;
  show();
}

// From the row that was touched last to this one, both included.
function range(id) {
  const ids = rows().map((row) => row.dataset.id);
  const from = ids.includes(last) ? ids.indexOf(last) : 0;
  const to = ids.indexOf(id);
  set(ids.slice(Math.min(from, to), Math.max(from, to) + 1), true);
}

function toggle(id) {
  set([id], !(all || picked.has(id)));
  last = id;
}

function go(step) {
  const ids = rows().map((row) => row.dataset.id);
  if (!ids.length) return;
  const at = ids.indexOf(current);
  point(ids[at < 0 ? 0 : Math.min(Math.max(at + step, 0), ids.length - 1)]);
}

function point(id) {
  current = id;
  show();
  const row = rowOf(id);
  row.focus({ preventScroll: true });
  row.scrollIntoView({ block: "nearest" });
}

const ofCurrent = (selector) => rowOf(current ?? "")?.querySelector(selector);

function act(name) {
  if (picked.size || all) return form.querySelector(`button[value="${name}"]`)?.click();
  const link = ofCurrent(`[data-act="${name}"]`);
  if (link) return link.click();
  announcer.textContent = "Move to a line with j and k, or select some with x.";
}

const KEYS = {
  j: () => go(1), k: () => go(-1), ArrowDown: () => go(1), ArrowUp: () => go(-1),
  x: () => current && toggle(current), X: () => current && range(current),
  a: () => set(rows().map((row) => row.dataset.id), !byId("pick-page").checked),
  A: () => total() && (all = true, show()),
  o: () => ofCurrent("a.open")?.click(), Enter: () => ofCurrent("a.open")?.click(),
  r: () => act("requeue"), d: () => act("discard"), u: () => act("restore"), v: () => act("review"),
  Escape: clear, ".": () => refresh(),
};

function onKey(event) {
  const busy = event.target.closest("input:not([type=checkbox]), select, textarea") || document.querySelector("dialog[open]");
  if (busy || event.ctrlKey || event.altKey || event.metaKey || !KEYS[event.key]) return;
  // Arrows scroll and Enter follows, unless somebody moves in the list already.
  if (event.key.startsWith("Arrow") && !event.target.closest("tr[data-id]")) return;
  if (event.key === "Enter" && event.target.closest("a, button, summary")) return;
  event.preventDefault();
  KEYS[event.key]();
}

function onClick(event) {
  const tick = event.target.closest("input[name=id]");
  if (tick) {
    const { id } = tick.closest("tr").dataset;
    if (event.shiftKey) range(id); else { set([id], tick.checked); last = id; }
    current = id;
    return show();
  }
  if (event.target.id === "pick-page") set(rows().map((row) => row.dataset.id), event.target.checked);
  // Anywhere in a line that is not a link: it becomes the current one, with Shift the range is selected.
  const row = event.target.closest("tr[data-id]");
  if (row && !event.target.closest("a, button, input, label")) {
    if (event.shiftKey) { getSelection().removeAllRanges(); range(row.dataset.id); }
    current = row.dataset.id;
    show();
  }
}

// Those of other pages have no box here that the form would send.
function fill(parameters) {
  for (const id of all ? [] : picked) if (!rowOf(id)) parameters.append("id", id);
}

// What was sent is not selected any more when somebody comes back.
function onSubmit(event) {
  if (event.target.id === "bulk-start" && !event.submitter?.hasAttribute("formaction")) sessionStorage.removeItem(KEPT);
}

function waits() {
  if (halted) return "Not updating";
  if (all || picked.size) return "Updates wait while something is selected";
  if (document.querySelector("dialog[open]")) return "Updates wait while a dialog is open";
  return "";
}

function tell() {
  byId("live").textContent = failed ? "No connection, trying again" : waits() || `Updates every ${Math.round(pauseMs / 1000)} s`;
  byId("live").classList.toggle("off", Boolean(failed || waits()));
}

async function refresh() {
  if (busy) return;
  busy = true;
  const begin = Date.now();
  try {
    await fetchList();
  } finally {
    busy = false;
    // A search that is hard work for the server is asked for less often.
    pauseMs = Math.min(Math.max(SHORTEST_MS, 10 * (Date.now() - begin)), LONGEST_MS);
    dueAt = Date.now() + pauseMs;
  }
}

async function fetchList() {
  const before = total();
  const focused = list().contains(document.activeElement) ? document.activeElement.closest("tr")?.dataset.id : null;
  const shares = byId("shares")?.open;
  // Without a connection the line above the list says so already.
  await htmx.ajax("GET", list().dataset.url, { target: "#letters", swap: "outerHTML" }).catch(() => {});
  if (shares && byId("shares")) byId("shares").open = true;
  show();
  if (focused) rowOf(focused)?.focus({ preventScroll: true });
  if (total() !== before) announcer.textContent = `${many(total(), "dead letter")} now, ${before.toLocaleString()} before`;
}

function tick() {
  if (!document.hidden && !waits() && Date.now() >= dueAt) refresh();
  tell();
}

if (form && list()) {
  document.addEventListener("keydown", onKey);
  document.addEventListener("submit", onSubmit);
  form.addEventListener("click", onClick);
  form.addEventListener("formdata", (event) => fill(event.formData));
  byId("pick-all").addEventListener("click", () => { all = true; show(); });
  byId("pick-none").addEventListener("click", clear);
  byId("halt").addEventListener("click", (event) => {
    halted = !halted;
    event.target.setAttribute("aria-pressed", String(halted));
    event.target.textContent = halted ? "Go on" : "Pause";
    tell();
  });
  for (const [name, state] of [["htmx:sendError", true], ["htmx:afterRequest", false]]) {
    document.addEventListener(name, (event) => { failed = state || Boolean(event.detail.failed); tell(); });
  }
  document.addEventListener("close", tell, true);
  addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
  setInterval(tick, 1000);
  form.classList.add("live");
  show();
}
