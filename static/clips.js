// One video at a time: starting one stops the others.

document.addEventListener("play", (event) => {
  for (const video of document.querySelectorAll(".clip video")) if (video !== event.target) video.pause();
}, true);
