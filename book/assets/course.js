// What the site does beyond its theme.

// What scrolls can be reached by keyboard. What is far away has no size yet: it is measured when
// it is near.
const SCROLLING = ".katex-display, pre, .cell_output > .output, .pst-scrollable-table-container, .graph details";
const observer = new ResizeObserver((entries) => {
  for (const { target } of entries) {
    if (target.scrollWidth > target.clientWidth) {
      target.tabIndex = 0;
    } else {
      target.removeAttribute("tabindex");
    }
  }
});
for (const box of document.querySelectorAll(SCROLLING)) observer.observe(box);

// Code runs on the page for readers who ask for it. A module does not load from the file system.
for (const button of document.querySelectorAll("p.run button")) {
  button.hidden = location.protocol == "file:";
  button.onclick = async () => (await import(new URL(button.dataset.script, location))).start(button);
}
