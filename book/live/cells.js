// The cells of a page, edited and run by a Python in this browser. course.js has their first buttons.

import { make } from "./make.js";
import { connect } from "./python.js";

const here = (path) => new URL(path, import.meta.url).href;
const COLOURS = /\x1b\[[0-9;]*m/g; // of a terminal
const { python: folder, seconds } = JSON.parse(document.getElementById("live").textContent);
const cells = [...document.querySelectorAll("p.live")].map(prepare);
let python; // a promise, once a reader has asked for it
let busy = false;
let stopped = false; // by the reader

function prepare(tools, index) {
  const element = tools.parentElement;
  const pre = element.querySelector(".cell_input pre");
  const place = element.querySelector(".cell_output") ?? make("div", element, { class: "cell_output" });
  const [run, change] = tools.querySelectorAll("button");
  const source = pre.textContent.replace(/\n$/, "");
  const cell = { element, index, pre, place, tools, run, change, source, text: source, old: [...place.childNodes], ran: null };
  cell.reset = make("button", tools, { type: "button", hidden: "" }, "Reset");
  cell.status = tools.querySelector("[role=status]");
  tools.append(cell.status);
  tools.setAttribute("role", "group");
  tools.setAttribute("aria-label", `Code cell ${index + 1}`);
  run.onclick = () => (cell.running ? stop() : runTo(cell));
  change.onclick = () => edit(cell);
  cell.reset.onclick = () => reset(cell);
  return cell;
}

// A Python for this page, from the moment that a reader needs one.
export function start(say) {
  python ??= connect({
    worker: here("worker.js"),
    python: new URL(folder, location).href,
    book: here("book.zip"),
    soon: cells.some((cell) => /matplotlib/.test(cell.source)) ? ["matplotlib"] : undefined,
    say: (words) => say(words),
  }).catch((error) => {
    python = undefined;
    throw error;
  });
  return python;
}

// What a cell and those above it that have not run take, as measured; nothing where it is short.
function expected(cell) {
  const waiting = cells.slice(0, cell.index).filter((one) => one.ran === null);
  const sum = [...waiting, cell].reduce((total, one) => total + (seconds[one.index] ?? 0), 0);
  return sum >= 3 ? `about ${sum < 10 ? Math.round(sum) : 5 * Math.round(sum / 5)} s` : "";
}
function forecast() {
  for (const cell of cells) if (cell.ran === null && !cell.running) cell.status.textContent = expected(cell);
}

async function edit(cell) {
  start(() => {}).catch(() => {}); // while the reader types
  if (!cell.editor) {
    const { edit } = await import(new URL(folder + "editor.js", location));
    const box = cell.pre.parentElement;
    cell.editor = edit(box, cell.text, {
      label: `Code of cell ${cell.index + 1}. Shift and Enter runs it, Escape leaves it.`,
      run: () => runTo(cell),
      leave: () => cell.run.focus(),
      changed: (text) => changed(cell, text),
    });
    box.onkeydown = (event) => event.stopPropagation(); // the keys of the page are not for those who write
    cell.pre.hidden = true;
    cell.reset.hidden = false;
  }
  const folded = cell.element.querySelector("details.hide");
  if (folded) folded.open = true;
  cell.editor.focus();
}

function changed(cell, text) {
  cell.text = text;
  cell.element.classList.toggle("changed", text != cell.source);
  if (cell.ran !== null && cell.ran != text) stale(cell.index);
}

function reset(cell) {
  cell.editor?.remove();
  cell.editor = undefined;
  cell.pre.hidden = false;
  cell.place.replaceChildren(...cell.old);
  cell.element.classList.remove("ran");
  cell.reset.hidden = true;
  changed(cell, cell.source);
  forecast();
  cell.change.focus();
}

// What was run from here on no longer fits what is above it.
function stale(from) {
  for (const cell of cells.slice(from)) {
    if (cell.ran !== null) cell.status.textContent = "has to run again";
    cell.ran = null;
  }
}

// A cell needs those above it. Those that have run as they stand do not run again.
async function runTo(cell) {
  if (busy) return;
  busy = true;
  stopped = false;
  const say = (words) => (cell.status.textContent = words);
  cell.running = true;
  cell.run.textContent = "Stop";
  try {
    say("Python is loaded …");
    const kernel = await start(say);
    for (const one of [...cells.slice(0, cell.index).filter((one) => one.ran === null), cell]) {
      if (one != cell) say(`cell ${one.index + 1} above runs …`);
      if (!(await run(one, kernel)) && one != cell) {
        say(stopped ? "stopped" : `cell ${one.index + 1} above went wrong`);
        one.element.scrollIntoView({ block: "nearest" });
        break;
      }
    }
  } catch (error) {
    say(`Python could not be loaded (${error.message}). The page is as it was: try again.`);
  }
  cell.running = busy = false;
  cell.run.textContent = "Run";
}

async function run(cell, kernel) {
  const { text } = cell;
  const begin = performance.now();
  cell.element.classList.add("ran");
  cell.reset.hidden = false;
  cell.status.textContent = ["runs …", expected(cell)].filter(Boolean).join(" ");
  const right = await kernel.run(text, outputs(cell), `cell ${cell.index + 1}`);
  stale(cell.index + 1);
  cell.ran = right ? text : null;
  cell.status.textContent = `${right ? "ran" : "stopped"} after ${((performance.now() - begin) / 1000).toFixed(1)} s`;
  return right;
}

async function stop() {
  stopped = true;
  const kernel = await python;
  if (!kernel.stop()) stale(0);
}

async function restart() {
  const kernel = await python;
  kernel?.restart();
  stale(0);
}

// A cell's old outputs make room for new ones. Figures keep their captions.
function outputs({ place, old }) {
  const figures = old.filter((one) => one.nodeName == "FIGURE").map((one) => one.cloneNode(true));
  place.replaceChildren(...figures);
  const add = (kind, element) => make("div", place, { class: `output ${kind}` }, element);
  const text = (kind, more) => {
    let pre = place.lastElementChild?.matches(`.${kind}`) && place.lastElementChild.firstElementChild;
    if (!pre) add(kind, (pre = make("pre", null, { tabindex: "0" })));
    const lines = (pre.textContent + more.replace(COLOURS, "")).split("\n");
    pre.textContent = lines.map((line) => line.replace(/\r+$/, "").replace(/^.*\r/s, "")).join("\n"); // as a terminal
  };
  const draw = (kind, element) => {
    const figure = figures.shift();
    if (figure) figure.replaceChildren(element, figure.querySelector("figcaption"));
    else add(kind, element);
  };
  return (type, { name, text: more, traceback, data }) => {
    if (type == "stream") text(name, more);
    else if (type == "error") text("error", traceback.join("\n"));
    else if (data["image/svg+xml"]) {
      const alt = figures[0]?.querySelector("img, [role=img]");
      const box = make("div", null, { class: "drawn", role: "img", "aria-label": alt?.alt ?? alt?.ariaLabel ?? "A figure without a description" });
      box.innerHTML = data["image/svg+xml"].slice(data["image/svg+xml"].indexOf("<svg"));
      draw("image_svg", box);
    } else if (data["text/html"]) {
      draw("text_html", document.createRange().createContextualFragment(data["text/html"]));
    } else text("text_plain", data["text/plain"]);
  };
}

export function press(index, what) {
  if (what == "restart") return restart();
  return (what == "edit" ? edit : runTo)(cells.at(index));
}
forecast();

// How much memory Python has taken so far, in bytes.
export const memory = async () => (await python).heap;
