// What the chosen engine or language cannot give is switched off at once, with the reason; the server checks it anyway.

const form = document.querySelector("#new-job");

function reason(extra, engine, language) {
  if (engine && !extra.dataset.engines.split(" ").includes(engine.value)) return "The chosen engine cannot.";
  if ("english" in extra.dataset && language !== "en") return "Choose English as the language to have it.";
  return "";
}

function limit() {
  const engine = form.querySelector("[name=engine]:checked");
  for (const extra of form.querySelectorAll(".extra[data-engines]")) {
    const field = extra.querySelector("input");
    const why = extra.querySelector(".why-not");
    if (!extra.dataset.engines) continue;  // nobody here offers it, whatever is chosen
    const said = reason(extra, engine, form.elements.language.value);
    extra.classList.toggle("off", Boolean(said));
    field.disabled = Boolean(said);
    why.textContent = said;
    why.hidden = !said;
  }
}

// Before the price is asked for, which happens on the same event.
form.addEventListener("change", limit, { capture: true });
limit();
