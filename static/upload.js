// Sends a recording in parts, several at once, each tried again when the line breaks; a reload can go on.

const AT_ONCE = 3;
const TRIES = 8;
const KEPT = "reelscribe.upload";
const byId = (id) => document.getElementById(id);
const form = byId("new-job");
const token = document.querySelector("meta[name=csrf-token]").content;
let upload = null;  // {id, file, sent: Map(part -> bytes), requests, stopped, marks}

class Refused extends Error {}

async function ask(method, path, body) {
  const answer = await fetch(`/jobs/new/uploads${path}`, {
    method,
    headers: { "x-csrftoken": token, accept: "application/json", ...(body && { "content-type": "application/json" }) },
    body: body && JSON.stringify(body),
  });
  if (answer.status === 204) return null;
  const said = await answer.json().catch(() => ({ detail: `The server answered ${answer.status}.` }));
  if (answer.ok) return said;
  const error = new Refused([said.detail, said.hint].filter(Boolean).join(" "));
  throw Object.assign(error, { status: answer.status, code: said.code, wait: Number(answer.headers.get("retry-after")) });
}

const pause = (ms) => new Promise((resolve) => { setTimeout(resolve, ms); });

// Again and again, ever more slowly, unless the server's answer is final.
async function insist(action) {
  for (let number = 1; ; number += 1) {
    try {
      return await action();
    } catch (error) {
      const final = error instanceof Refused && error.status < 500 && ![408, 409, 429].includes(error.status);
      if (final || upload?.stopped || number === TRIES || error.status === 507) throw error;
      if (error.status === 409 && !error.wait) throw error;
      tell("Waiting for the connection…");
      await pause((error.wait * 1000) || Math.min(500 * 2 ** number, 20000) * (0.5 + Math.random() / 2));
    }
  }
}

function put(part, blob, onSent) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    upload.requests.add(request);
    request.open(part.method, part.url);
    for (const [name, value] of Object.entries(part.headers)) request.setRequestHeader(name, value);
    request.upload.addEventListener("progress", (event) => onSent(event.loaded));
    request.addEventListener("loadend", () => {
      upload.requests.delete(request);
      if (request.status >= 200 && request.status < 300) return resolve();
      const kind = request.status === 0 ? Error : Refused;
      reject(Object.assign(new kind(`Part ${part.number} was not taken (${request.status}).`), { status: request.status }));
    });
    request.send(blob);
  });
}

async function send(view, part) {
  const begin = (part.number - 1) * view.part_size;
  const onSent = (bytes) => { upload.sent.set(part.number, bytes); measure(); };
  let target = part;
  await insist(async () => {
    try {
      await put(target, upload.file.slice(begin, begin + part.size), onSent);
    } catch (error) {
      onSent(0);
      if (error.status !== 403) throw error;
      // The address has expired: ask for a fresh one, then try again.
      target = (await ask("GET", `/${view.id}`)).parts[part.number - 1];
      throw new Error("expired");
    }
  });
  onSent(part.size);
}

async function sendAll(view) {
  const waiting = view.parts.filter((part) => !part.arrived);
  for (const part of view.parts) upload.sent.set(part.number, part.arrived ? part.size : 0);
  measure();
  const worker = async () => {
    for (let part = waiting.shift(); part && !upload.stopped; part = waiting.shift()) await send(view, part);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
}

function tell(left, speed = "") {
  byId("upload-left").textContent = left;
  byId("upload-speed").textContent = speed;
}

// Speed over the last seconds, so that it tells of the line as it is now.
function measure() {
  const sent = [...upload.sent.values()].reduce((sum, bytes) => sum + bytes, 0);
  const now = performance.now();
  const percent = Math.floor((100 * sent) / upload.file.size);
  byId("upload-bar").value = percent;
  byId("upload-percent").textContent = `${percent} %`;
  upload.marks.push([now, sent]);
  while (upload.marks.length > 2 && now - upload.marks[0][0] > 8000) upload.marks.shift();
  const [[then, before]] = upload.marks;
  const rate = (sent - before) / ((now - then) / 1000);
  if (now - then < 1000 || rate <= 0) return;
  const left = (upload.file.size - sent) / rate;
  const time = left < 90 ? `${Math.ceil(left)} s left` : `${Math.round(left / 60)} min left`;
  tell(sent < upload.file.size ? time : "", `${(rate / 1e6).toFixed(1)} MB/s`);
}

function remembered() {
  try { return JSON.parse(localStorage.getItem(KEPT)); } catch { return null; }
}

function remember(view) {
  const { name, size, lastModified } = upload.file;
  localStorage.setItem(KEPT, JSON.stringify({ id: view.id, name, size, lastModified }));
}

async function begun(file) {
  const kept = remembered();
  if (kept && kept.name === file.name && kept.size === file.size && kept.lastModified === file.lastModified) {
    const view = await ask("GET", `/${kept.id}`).catch(() => null);
    if (view && view.status !== "aborted" && Date.parse(view.expires_at) > Date.now()) return view;
  }
  return ask("POST", "", { filename: file.name, size: file.size, content_type: file.type.slice(0, 100) });
}

async function run(file) {
  upload = { file, sent: new Map(), requests: new Set(), stopped: false, marks: [] };
  show("uploading");
  try {
    const view = await insist(() => begun(file));
    upload.id = view.id;
    remember(view);
    if (view.status === "open") await sendAll(view);
    if (upload.stopped) return;
    tell("Looking into the file…");
    ready(await insist(() => ask("POST", `/${view.id}/complete`)));
    localStorage.removeItem(KEPT);
  } catch (error) {
    if (upload.stopped) return;
    // What cannot be mended by sending more is not offered again.
    if (error instanceof Refused && error.code !== "conflict" && error.status < 500) localStorage.removeItem(KEPT);
    fail(error instanceof Refused ? error.message : "The connection is gone. Choose the same file again to go on.");
  }
}

// From here on the form is an ordinary one: a recording that is known, a price, a button.
function ready(media) {
  form.action = "/jobs";
  form.enctype = "application/x-www-form-urlencoded";
  form.elements.media_id.value = media.id;
  form.elements.media_id.disabled = false;
  form.elements.file.disabled = true;
  byId("upload-bar").value = 100;
  byId("upload-percent").textContent = "100 %";
  tell("Uploaded");
  byId("upload-cancel").hidden = true;
  quote();
}

// What the price depends on, and what of it the price that is shown was made from.
const FREE = ["hotwords", "prompt", "_csrf_token"];
const wishes = () => [...new FormData(form)].filter(([, value]) => typeof value === "string");
const asked = () => JSON.stringify(wishes().filter(([name]) => !FREE.includes(name)));
let priced = null, pricing = null, changed = false;

// One at a time: an answer that replaces the price leaves no place for one that was asked for in the meantime.
async function price() {
  while (changed) {
    changed = false;
    priced = asked();
    const values = Object.fromEntries(wishes());
    await htmx.ajax("POST", "/jobs/new/quote", { target: "#quote", swap: "outerHTML", values }).catch(() => null);
  }
  relabel();
}

function quote() {
  if (!form.elements.media_id.value) return null;
  changed = true;
  pricing ??= price().finally(() => { pricing = null; });
  return pricing;
}

const total = () => byId("quote").querySelector(".total")?.textContent;

// Nothing starts at a price that was not shown: who typed a wish and clicked at once sees the new one first.
async function onSubmit(event) {
  const isShown = !form.elements.media_id.value || (!pricing && priced === asked());
  if (isShown) return setTimeout(() => { byId("start").disabled = true; });
  event.preventDefault();
  const before = total();
  await quote();
  if (total() === before && !byId("start").disabled) return form.requestSubmit();
  byId("start").focus();
}

function relabel() {
  const start = byId("start");
  if (!start || !form.elements.media_id.value) return;
  start.textContent = "Start";
  start.disabled = "refused" in start.dataset;
}

function show(name) {
  for (const id of ["drop", "uploading", "upload-problem"]) byId(id).hidden = id !== name;
  byId("resume").hidden = true;
  byId("start").disabled = name !== "done";
}

function fail(message) {
  show("drop");
  const problem = byId("upload-problem");
  problem.textContent = message;
  problem.hidden = false;
  form.elements.file.value = "";
}

async function cancel() {
  upload.stopped = true;
  for (const request of upload.requests) request.abort();
  localStorage.removeItem(KEPT);
  show("drop");
  form.elements.file.value = "";
  if (upload.id) await ask("DELETE", `/${upload.id}`).catch(() => null);
}

function choose(file) {
  if (!file) return;
  const largest = Number(form.dataset.largest);
  if (file.size === 0) return fail("This file is empty.");
  if (file.size > largest) return fail(`This file has ${(file.size / 1e9).toFixed(1)} GB; the server takes at most ${(largest / 1e9).toFixed(1)} GB.`);
  byId("upload-name").textContent = file.name;
  run(file);
}

function offerToGoOn() {
  const kept = remembered();
  if (!kept) return;
  byId("resume-name").textContent = kept.name;
  byId("resume").hidden = false;
  byId("resume-discard").addEventListener("click", async () => {
    byId("resume").hidden = true;
    localStorage.removeItem(KEPT);
    await ask("DELETE", `/${kept.id}`).catch(() => null);
  });
}

function dragging() {
  const drop = byId("drop");
  for (const name of ["dragenter", "dragover"]) addEventListener(name, (event) => { event.preventDefault(); drop.classList.add("over"); });
  for (const name of ["dragleave", "drop"]) addEventListener(name, (event) => { event.preventDefault(); drop.classList.remove("over"); });
  addEventListener("drop", (event) => { if (!drop.hidden) choose(event.dataTransfer.files[0]); });
  document.querySelector(".drop-hint").hidden = false;
}

if (byId("drop")) {
  for (const hint of document.querySelectorAll(".with-script")) hint.hidden = false;
  byId("start").disabled = true;
  byId("start").textContent = "Start";
  byId("file").addEventListener("change", (event) => choose(event.target.files[0]));
  byId("upload-cancel").addEventListener("click", cancel);
  addEventListener("beforeunload", (event) => { if (upload?.requests.size) event.preventDefault(); });
  offerToGoOn();
  dragging();
}
relabel();
form.addEventListener("change", (event) => { if (event.target.name !== "file") quote(); });
form.addEventListener("submit", onSubmit);
addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
