// What the site does beyond its theme.

// What scrolls can be reached by keyboard. It is measured when it is seen, not before.
const scrolling = new ResizeObserver((entries) => {
  for (const { target } of entries) {
    if (target.scrollWidth > target.clientWidth) {
      target.tabIndex = 0;
    } else {
      target.removeAttribute("tabindex");
    }
  }
});
const seen = new IntersectionObserver((entries) => {
  for (const { target, isIntersecting } of entries) {
    if (isIntersecting) {
      seen.unobserve(target);
      scrolling.observe(target);
    }
  }
});
for (const box of document.querySelectorAll(".katex-display, .graph details")) {
  seen.observe(box);
}
