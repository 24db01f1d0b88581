// One video at a time; a moving preview under the pointer; lines of words that play their moment.

document.addEventListener("play", (event) => {
  for (const video of document.querySelectorAll(".clip video")) if (video !== event.target) video.pause();
}, true);

// What still waits looks as before: it is left alone, so that a video on it plays on.
document.addEventListener("htmx:beforeSwap", (event) => {
  const answer = new DOMParser().parseFromString(event.detail.xhr.responseText, "text/html");
  if (answer.getElementById(event.detail.target.id)?.hasAttribute("hx-get")) event.detail.shouldSwap = false;
});

// The preview takes the poster's place, below the controls of the player; it is fetched when it is wanted.
const REST_MS = 150;
const still = matchMedia("(prefers-reduced-motion: reduce)");
const shown = new Map();

function preview(video) {
  if (still.matches || !video.dataset.preview || shown.has(video) || !video.paused || video.played.length) return;
  const entry = { poster: video.getAttribute("poster"), timer: 0 };
  shown.set(video, entry);
  entry.timer = setTimeout(async () => {
    const picture = new Image();
    picture.src = video.dataset.preview;
    await picture.decode().catch(() => shown.delete(video));
    if (shown.get(video) === entry) video.poster = video.dataset.preview;
  }, REST_MS);
}

function rest(video) {
  const entry = shown.get(video);
  if (!entry) return;
  clearTimeout(entry.timer);
  shown.delete(video);
  video.poster = entry.poster;
}

const videoAt = (event) => (event.target instanceof Element ? event.target.closest(".frame video") : null);
document.addEventListener("pointerover", (event) => { const video = videoAt(event); if (video && event.pointerType !== "touch") preview(video); });
document.addEventListener("pointerout", (event) => { const video = videoAt(event); if (video && !video.matches(":focus-visible")) rest(video); });
document.addEventListener("focusin", (event) => { const video = videoAt(event); if (video?.matches(":focus-visible")) preview(video); });
document.addEventListener("focusout", (event) => { const video = videoAt(event); if (video) rest(video); });
document.addEventListener("play", (event) => rest(event.target), true);

// The time beside a line plays the clip from there.
document.addEventListener("click", (event) => {
  const link = event.target.closest("[data-seek]");
  const video = link?.closest(".clip").querySelector("video");
  if (!video || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  const begin = () => { video.currentTime = Number(link.dataset.seek); };
  if (video.readyState) begin();
  else video.addEventListener("loadedmetadata", begin, { once: true });
  video.play();
});

// A line has no lines of its own: Enter goes to the next one.
document.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.isComposing || !event.target.matches(".word-lines textarea")) return;
  event.preventDefault();
  const fields = [...event.target.form.querySelectorAll("textarea, button")];
  fields[fields.indexOf(event.target) + 1].focus();
});
