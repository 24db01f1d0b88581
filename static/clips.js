// One video at a time: starting one stops the others.

document.addEventListener("play", (event) => {
  for (const video of document.querySelectorAll(".clip video")) if (video !== event.target) video.pause();
}, true);

// What still waits looks as before: it is left alone, so that a video on it plays on.
document.addEventListener("htmx:beforeSwap", (event) => {
  const answer = new DOMParser().parseFromString(event.detail.xhr.responseText, "text/html");
  if (answer.getElementById(event.detail.target.id)?.hasAttribute("hx-get")) event.detail.shouldSwap = false;
});
