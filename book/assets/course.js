// What the site does beyond its theme.

// What scrolls can be reached by keyboard. Measuring draws what is far away, so it is done when
// the browser has nothing else to do.
const later = window.requestIdleCallback ?? ((task) => setTimeout(task, 50, { timeRemaining: () => 10 }));
function reach(boxes) {
  later((idle) => {
    while (boxes.length && idle.timeRemaining() > 5) {
      const box = boxes.shift();
      if (box.scrollWidth > box.clientWidth) {
        box.tabIndex = 0;
      } else {
        box.removeAttribute("tabindex");
      }
    }
    if (boxes.length) reach(boxes);
  });
}
const reachAll = () => reach([...document.querySelectorAll(".katex-display, .graph details")]);
addEventListener("load", reachAll);
addEventListener("resize", reachAll);
