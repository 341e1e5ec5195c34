// What the site does beyond its theme.

// What scrolls can be reached by keyboard. What is far away is not laid out and has no size yet:
// it counts as scrolling until it is near and known to fit.
const SCROLLING = ".katex-display, pre, .cell_output > .output, .table-wrapper, .graph details";
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

// Landmarks and headings have names and levels, for screen readers.
for (const [place, label] of [[".sidebar-drawer", "The book"], [".toc-drawer", "On this page"]]) {
  document.querySelector(place)?.setAttribute("aria-label", label);
}
for (const heading of document.querySelectorAll(".sidebar-tree [role=heading]")) heading.ariaLevel = 2;
for (const summary of document.querySelectorAll("details.hide > summary")) summary.removeAttribute("aria-label"); // its text says more

// What is far away has only about its size: a jump is made again until what it led to stays in its
// place, or the reader goes elsewhere.
let jumping = 0;
function jump(rest = 8, round = ++jumping) {
  const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  const before = scrollY;
  if (round != jumping || !target) return;
  target.closest("details.dropdown")?.setAttribute("open", "");
  target.scrollIntoView();
  rest = scrollY == before ? rest - 1 : 8;
  if (rest > 0) requestAnimationFrame(() => jump(rest, round));
}
for (const leave of ["wheel", "touchstart", "keydown", "pointerdown"]) addEventListener(leave, () => jumping++);
addEventListener("hashchange", () => jump());
addEventListener("load", () => document.fonts.ready.then(() => jump()));

// The list of pages shows where in it the page is.
const list = document.querySelector(".sidebar-scroll");
const here = list.querySelector(".current-page")?.offsetTop;
if (here > list.clientHeight - 80) list.scrollTo({ top: here - list.clientHeight / 2, behavior: "instant" });

// A mark opens, below its equation, what the run found, from the page to which it is a link.
const pages = {};
async function entry(link) {
  const text = (pages[link.pathname] ??= fetch(link.pathname).then((answer) => answer.text()));
  const page = new DOMParser().parseFromString(await text, "text/html");
  const found = document.importNode(page.getElementById(link.hash.slice(1)), true);
  found.querySelector("div.math").remove(); // it stands above
  for (const details of found.querySelectorAll("details")) details.open = true;
  for (const place of found.querySelectorAll("[href]")) place.href = new URL(place.getAttribute("href"), link.href);
  return found;
}
async function toggle(mark) {
  const equation = mark.closest("div.math");
  const panel = equation.nextElementSibling?.matches(".found") && equation.nextElementSibling;
  if (panel) panel.remove();
  else {
    const found = await entry(mark);
    found.removeAttribute("id");
    found.className = "found";
    found.setAttribute("role", "region");
    found.setAttribute("aria-label", mark.title);
    found.addEventListener("keydown", (event) => event.key == "Escape" && (toggle(mark), mark.focus()));
    equation.after(found);
    for (const box of found.querySelectorAll(SCROLLING)) {
      box.tabIndex = 0;
      observer.observe(box);
    }
  }
  mark.setAttribute("aria-expanded", !panel);
}
for (const mark of location.protocol == "file:" ? [] : document.querySelectorAll(".equation-mark")) {
  mark.role = "button";
  mark.setAttribute("aria-expanded", false);
  mark.addEventListener("click", (event) => {
    event.preventDefault();
    toggle(mark).catch(() => (location = mark.href));
  });
  mark.addEventListener("keydown", (event) => event.key == " " && (event.preventDefault(), mark.click()));
}

// Code can be copied.
for (const pre of navigator.clipboard ? document.querySelectorAll(".highlight pre") : []) {
  const button = document.createElement("button");
  button.textContent = "Copy";
  button.onclick = async () => {
    await navigator.clipboard.writeText(pre.textContent);
    button.textContent = "Copied";
    setTimeout(() => (button.textContent = "Copy"), 2000);
  };
  pre.after(button);
}

// The menus of narrow pages: buttons, where the theme has labels that the keyboard does not reach.
const menus = [...document.querySelectorAll(".sidebar-toggle")];
for (const label of document.querySelectorAll(".nav-overlay-icon, .toc-overlay-icon")) {
  const button = document.createElement("button");
  const menu = document.getElementById(label.htmlFor);
  const drawer = document.querySelector(menu == menus[0] ? ".sidebar-drawer" : ".toc-drawer");
  button.className = label.className;
  button.setAttribute("aria-label", menu.getAttribute("aria-label"));
  button.append(...label.children);
  button.onclick = () => {
    menu.checked = true;
    menu.opener = button;
    drawer.querySelector("a.sidebar-brand, li li > a").focus();
  };
  drawer.addEventListener("click", (event) => event.target.closest("a") && (menu.checked = false));
  label.replaceWith(button);
}

// Escape leaves the menus, Ctrl+K leads to the search, and so does its box in the list of pages.
addEventListener("keydown", (event) => {
  for (const menu of event.key == "Escape" ? menus.filter((one) => one.checked) : []) {
    menu.checked = false;
    menu.opener?.focus();
  }
  if (event.key == "k" && (event.ctrlKey || event.metaKey)) {
    event.preventDefault();
    globalThis.openSearch?.();
  }
});

const box = document.querySelector(".sidebar-search");
box.addEventListener("click", () => globalThis.openSearch?.(box.value));
box.addEventListener("input", () => globalThis.openSearch?.(box.value));

// Each cell can be edited and run, by a Python that is loaded when a reader asks for it.
const live = JSON.parse(document.getElementById("live")?.textContent ?? "null");
const line = document.querySelector("p.run .here");
if (live && location.protocol == "file:") {
  line.textContent = "Cells run where pages are served: type python -m http.server in the folder of the site.";
  for (const place of document.querySelectorAll("p.live")) place.remove();
} else if (live) {
  const ask = async (index, what) => (await import(new URL(live.cells, location))).press(index, what);
  const button = (text, act) => Object.assign(document.createElement("button"), { type: "button", textContent: text, onclick: act });
  document.querySelectorAll("p.live").forEach((place, index) => {
    const status = document.createElement("span");
    status.role = "status";
    if (live.seconds[index]) status.textContent = `about ${Math.round(live.seconds[index])} s`;
    place.append(button("Run", () => ask(index, "run")), button("Edit", () => ask(index, "edit")), status);
  });
  const each = document.querySelector(".tag_elsewhere") ? "cells with a button run" : "each cell runs";
  line.textContent = `On this page: ${each} here, in Python (${live.megabytes} MB, loaded once). `;
  line.append(button("Run all", () => ask(-1, "run")), button("Restart", () => ask(0, "restart")));
}

// Answers to exercises are checked by the same Python; see live/exercises.js.
const tasks = JSON.parse(document.getElementById("exercise-data")?.textContent ?? "null");
if (tasks && location.protocol == "file:") {
  for (const form of document.querySelectorAll("form.exercise")) {
    form.textContent = "Answers are checked where pages are served: type python -m http.server in the folder of the site.";
  }
} else if (tasks) import(new URL(tasks.script, location));
