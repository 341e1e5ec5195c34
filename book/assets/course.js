// What the site does beyond its theme.

// What scrolls can be reached by keyboard. What is far away is not laid out and has no size yet:
// it counts as scrolling until it is near and known to fit.
const SCROLLING = ".katex-display, pre, .cell_output > .output, .pst-scrollable-table-container, .graph details";
function measure(target) {
  if (target.scrollWidth > target.clientWidth || target == document.activeElement) {
    target.tabIndex = 0;
  } else if (near(target)) {
    target.removeAttribute("tabindex");
  }
}
const near = (box) => box.checkVisibility({ contentVisibilityAuto: true });
const boxes = document.querySelectorAll(SCROLLING);
for (const box of boxes) box.tabIndex = 0;
// What comes near is measured, and again when a font has made wider what is in it.
const observer = new ResizeObserver((entries) => entries.forEach(({ target }) => measure(target)));
document.fonts.ready.then(() => boxes.forEach((box) => observer.observe(box)));
document.fonts.onloadingdone = () => [...boxes].filter(near).forEach(measure);

// Code runs on the page for readers who ask for it. A module does not load from the file system.
for (const button of document.querySelectorAll("p.run button")) {
  button.hidden = location.protocol == "file:";
  button.onclick = async () => (await import(new URL(button.dataset.script, location))).start(button);
}
