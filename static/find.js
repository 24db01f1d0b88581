// Find in the transcript: every hit is marked, one of them is the present one.

const byId = (id) => document.getElementById(id);
let hits = [], present = -1, waiting;

// Text of a line with the text nodes it is made of, so that a hit may span several words.
function textsOf(said) {
  const walker = document.createTreeWalker(said, NodeFilter.SHOW_TEXT);
  const nodes = [];
  let text = "";
  while (walker.nextNode()) {
    nodes.push({ node: walker.currentNode, start: text.length });
    text += walker.currentNode.data;
  }
  return { nodes, text };
}

// Lower case of some letters is longer; then places would be wrong, so those stay as they are.
const folded = (text) => [...text].map((sign) => (sign.toLowerCase().length === sign.length ? sign.toLowerCase() : sign)).join("");

function place(nodes, offset) {
  const owner = nodes.findLast((each) => each.start <= offset) ?? nodes[0];
  return [owner.node, offset - owner.start];
}

function search(wanted) {
  const found = [];
  for (const said of wanted ? document.querySelectorAll(".said") : []) {
    const { nodes, text } = textsOf(said);
    const lower = folded(text);
    for (let at = lower.indexOf(wanted); at >= 0; at = lower.indexOf(wanted, at + wanted.length)) {
      const range = new Range();
      range.setStart(...place(nodes, at));
      range.setEnd(...place(nodes, at + wanted.length));
      found.push(range);
    }
  }
  return found;
}

function update() {
  const wanted = folded(byId("find-text").value.trim());
  hits = search(wanted);
  present = hits.length ? 0 : -1;
  CSS.highlights?.set("found", new Highlight(...hits));
  show(Boolean(wanted));
}

function show(asked) {
  byId("find-count").textContent = !asked ? "" : hits.length ? `${present + 1} of ${hits.length}` : "none";
  CSS.highlights?.set("found-now", new Highlight(...hits.slice(present, present + 1)));
  if (present >= 0) hits[present].startContainer.parentElement.closest(".line").scrollIntoView({ block: "center" });
}

function step(by) {
  if (!hits.length) return;
  present = (present + by + hits.length) % hits.length;
  show(true);
}

function onKey(event) {
  const field = byId("find-text");
  if (event.key === "/" && !event.target.closest("input, select, textarea")) {
    event.preventDefault();
    field.focus();
    field.select();
  }
  if (event.key === "Escape" && event.target === field) {
    field.value = "";
    update();
    field.blur();
  }
}

function start() {
  const form = byId("find");
  if (!form) return;
  if (byId("find-text").value) { clearTimeout(waiting); waiting = setTimeout(update, 150); }
  if (form.dataset.ready) return;
  form.dataset.ready = "yes";
  form.hidden = false;
  byId("find-text").addEventListener("input", () => { clearTimeout(waiting); waiting = setTimeout(update, 150); });
  form.addEventListener("submit", (event) => { event.preventDefault(); step(1); });
  byId("find-next").addEventListener("click", () => step(1));
  byId("find-previous").addEventListener("click", () => step(-1));
  document.addEventListener("keydown", onKey);
}

start();
document.addEventListener("htmx:load", start);
