// A derivation of the reader's own: set while it is typed, checked line by line.

import { lined, make } from "./make.js";
import { connect } from "./python.js";

const at = (path) => new URL(path, import.meta.url).href;
const form = document.querySelector("form.own");
const [place, latex] = [form.elements.place, form.elements.latex];
const [preview, status, list] = ["preview", "status", "results"].map((name) => form.querySelector(`.${name}`));
const book = await (await fetch(at("equations.json"))).json();
let python;

const set = (element, source, displayMode) => katex.render(source, element, { displayMode, throwOnError: false, strict: "ignore" });
const blocks = (text) => text.split(/\n\s*\n/).map((one) => one.trim().replace(/^\$+|\$+$/g, "")).filter(Boolean);

function show() {
  preview.replaceChildren();
  for (const block of blocks(latex.value)) set(make("div", preview), lined(block), true);
  list.replaceChildren();
  status.textContent = "";
}

// Where the reader's formulas stand: nowhere, at the end of a chapter, or where an equation is.
for (const [chapter, { title, equations }] of Object.entries(book)) {
  const group = make("optgroup", place, { label: title });
  make("option", group, { value: `${chapter} ` }, `${title}: everything it defines`);
  for (const { label, number } of equations) make("option", group, { value: `${chapter} ${label}` }, `up to (${number})`);
}
const equation = () => {
  const [chapter, label] = place.value.split(" ");
  return book[chapter]?.equations.find((one) => one.label == label);
};
place.onchange = () => {
  const known = equation();
  if (known) latex.value = plain(known.latex);
  show();
};
// An equation of the book as one types it here: each step on a line, without marks of alignment.
function plain(text) {
  if (/\\begin\{(?!aligned)/.test(text)) return text;
  const bare = text.replace(/\\(begin|end)\{aligned\}/g, "").replace(/\s*&\s*/g, " ").replace(/\\\\(\[[^\]]*\])?\s*/g, "\n");
  let depth = 0, lines = "";
  for (const sign of bare) {
    depth += { "{": 1, "(": 1, "[": 1, "}": -1, ")": -1, "]": -1 }[sign] ?? 0;
    lines += sign == "=" && !depth && !lines.endsWith(":") ? "\n=" : sign;
  }
  return lines.replace(/\s*\n\s*/g, "\n").trim();
}

// The symbols of the book, for those who do not know LaTeX, and for phones.
for (const key of form.querySelectorAll(".keys button")) {
  key.onclick = () => {
    const [before, after = ""] = key.dataset.latex.split("|");
    const { selectionStart: start, selectionEnd: end, value } = latex;
    latex.value = value.slice(0, start) + before + value.slice(start, end) + after + value.slice(end);
    latex.focus();
    latex.selectionStart = latex.selectionEnd = start + before.length + (end - start);
    show();
  };
}

const load = () => (python ??= connect({
  worker: at("worker.js"),
  python: new URL(form.dataset.python, location).href,
  book: at("book.zip"),
  say() {},
}).catch((error) => {
  python = undefined;
  throw error;
}));
latex.oninput = () => {
  show();
  load().catch(() => {}); // while the reader types
};

async function ask() {
  const [chapter, label] = place.value.split(" ");
  const kernel = await load();
  let told = "", wrong = "";
  const code = `import own\nprint(own.judge(${[chapter, label, latex.value].map((x) => JSON.stringify(x ?? "")).join(", ")}))`;
  await kernel.run(code, (type, content) => (type == "error" ? (wrong = content.traceback.at(-1)) : (told += content.text)));
  if (wrong) throw Error(wrong);
  return JSON.parse(told);
}

form.onsubmit = async (event) => {
  event.preventDefault();
  const button = form.querySelector("[type=submit]");
  if (button.disabled || !latex.value.trim()) return;
  button.disabled = true;
  status.textContent = "It is checked … (Python is loaded the first time)";
  try {
    const begin = performance.now();
    const found = await ask();
    show();
    status.textContent = `${summary(found)} (${((performance.now() - begin) / 1000).toFixed(1)} s)`;
    for (const result of found) report(result);
    history.replaceState(null, "", `#${new URLSearchParams({ at: place.value, tex: latex.value })}`);
  } catch (error) {
    status.textContent = `It could not be checked: ${error.message}`;
  }
  button.disabled = false;
};

function summary(found) {
  const steps = found.flatMap((one) => one.steps).filter((step) => step.verdict != "definition");
  const bad = steps.filter((step) => ["false", "untested"].includes(step.verdict)).length;
  if (found.some((one) => one.verdict == "unread")) return "Something cannot be read.";
  if (!steps.length) return "Only definitions: there is nothing to check.";
  if (bad) return `${bad} of ${steps.length} steps ${bad == 1 ? "does" : "do"} not hold.`;
  return steps.length == 1 ? "The step holds." : `All ${steps.length} steps hold.`;
}

const FINE = ["true", "shape", "definition", "refuted"];
function report(result) {
  for (const step of result.verdict == "unread" ? [] : result.steps) {
    const item = make("li", list, { class: FINE.includes(step.verdict) ? "fine" : "wrong" });
    set(make("div", item), step.verdict == "definition" ? result.latex : `${step.left} ${step.relation} ${step.right}`, false);
    const words = {
      true: result.verdict == "false" ? "holds where it was compared" : `holds, in ${step.instances} random instances`,
      refuted: "is false, as it says",
      definition: "a definition: what follows rests on it",
      shape: "its shapes fit",
    }[step.verdict] ?? [step.message, step.instance && `in ${step.instance}`].filter(Boolean).join(", ");
    make("p", item, {}, words);
    if (step.verdict == "definition") break;
  }
  if (result.verdict == "unread") make("pre", make("li", list, { class: "wrong" }), { tabindex: "0" }, result.pointed.join("\n"));
  else if (result.message && !result.steps.some((step) => step.message)) make("p", make("li", list, { class: "wrong" }), {}, result.message);
  if (result.reads_as) {
    const details = make("details", list.lastElementChild);
    make("summary", details, {}, "Read as");
    set(make("div", details), result.reads_as, true);
  }
}

form.querySelector(".link").onclick = async () => {
  await navigator.clipboard.writeText(location.href);
  status.textContent = "The address of this page holds the derivation now, and is copied.";
};

const given = new URLSearchParams(location.hash.slice(1));
if (given.get("at")) {
  const chosen = [...place.options].find((one) => one.value == given.get("at") || one.value.split(" ")[1] == given.get("at"));
  if (chosen) place.value = chosen.value;
}
if (given.get("tex")) latex.value = given.get("tex");
else if (equation()) latex.value = plain(equation().latex);
show();
form.inert = false;
