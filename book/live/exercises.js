// Exercises: an answer is typed, checked by Python in this browser, and what came of it is kept here.

import { lined, make } from "./make.js";

const here = (path) => new URL(path, import.meta.url).href;
const { python: folder, megabytes } = JSON.parse(document.getElementById("exercise-data").textContent);
let python;

// What is kept in this browser: {name: {right, tries, answer}}, and the chapters that were read.
const kept = (key) => {
  try {
    return JSON.parse(localStorage.getItem(key)) ?? {};
  } catch {
    return {};
  }
};
const keep = (key, value) => {
  try {
    localStorage.setItem(key, JSON.stringify(value));
  } catch {} // a browser that keeps nothing
};
const done = () => kept("exercises");

// The Python of the page's cells where it has cells, else one of its own.
async function start(say) {
  if (document.getElementById("live")) return (await import("./cells.js")).start(say);
  python ??= import("./python.js")
    .then(({ connect }) => connect({ worker: here("worker.js"), python: new URL(folder, location).href, book: here("book.zip"), say }))
    .catch((error) => {
      python = undefined;
      throw error;
    });
  return python;
}

async function ask(code, say) {
  const kernel = await start(say);
  let told = "";
  await kernel.run(code, (type, content) => (told += type == "error" ? `✗ ${content.traceback.at(-1)}` : content.text ?? ""), "exercise");
  return told.trim();
}

const text = (value) => JSON.stringify(value); // JSON's strings are Python's
function code({ name, kind, answer, numbers = 0 }, typed) {
  const given = { write: answer, debug: answer, derive: text(typed) }[kind] ?? `read(${text(typed)})`;
  const before = kind == "write" || kind == "debug" ? `${typed}\n\n` : "";
  return `__import__("exercises").run(${text(`${before}check(${text(name)}, ${given}, ${numbers})`)})`;
}

function prepare(form) {
  const { name, kind } = form.dataset;
  const answer = form.elements.answer;
  const [status, said] = [form.querySelector(".status"), form.querySelector(".said")];
  const say = (words) => (status.textContent = words);
  const before = answer.value;
  const load = () => start(say).then(() => said.textContent || say("")).catch(() => {});
  form.addEventListener("input", () => {
    if (!python) say(`Python, ${megabytes} MB, is loaded once.`);
    load();
  }, { once: true });
  form.addEventListener("keydown", (event) => event.stopPropagation()); // the page's keys are not for those who write
  if (kind == "write" || kind == "debug") answer.addEventListener("focus", () => editor(form, answer));
  if (kind == "derive") {
    answer.addEventListener("focus", preview, { once: true });
    answer.addEventListener("input", () => set(form, answer.value));
  }
  form.onsubmit = async (event) => {
    event.preventDefault();
    const button = form.querySelector("[type=submit]");
    if (button.textContent == "Stop") return (await start(say)).stop();
    button.textContent = "Stop";
    say("It is checked … (Python is loaded the first time)");
    said.textContent = "";
    try {
      const found = await ask(code(form.dataset, answer.value), say);
      say("");
      tell(said, found);
      if (!found.startsWith("Nothing")) note(name, found.startsWith("✓"), answer.value);
    } catch (error) {
      say(`It could not be checked: ${error.message}. Try again.`);
    }
    button.textContent = "Check";
    mark(form);
  };
  form.querySelector(".other")?.addEventListener("click", async () => {
    const numbers = +(form.dataset.numbers ?? 0) + 1;
    const given = form.querySelector(".given");
    say("…");
    given.textContent = await ask(`__import__("exercises").other_numbers(${text(name)}, ${numbers})`, say);
    given.hidden = false;
    form.dataset.numbers = numbers;
    answer.value = said.textContent = "";
    say("");
    answer.focus();
  });
  const last = done()[name]?.answer;
  if (last && last != before) answer.value = last;
  mark(form);
}

function tell(said, found) {
  said.replaceChildren();
  said.className = `said ${found.startsWith("✓") ? "fine" : "wrong"}`;
  make(found.includes("\n") ? "pre" : "p", said, found.includes("\n") ? { tabindex: "0" } : {}, found);
}

function note(name, right, answer) {
  const all = done();
  const before = all[name] ?? { tries: 0 };
  all[name] = { right: right || before.right === true, tries: before.tries + 1, answer };
  keep("exercises", all);
}

// The program's editor, with its colours, once a reader comes to write.
async function editor(form, answer) {
  if (form.editor) return;
  form.editor = true;
  const { edit } = await import(new URL(folder + "editor.js", location));
  const box = make("div", null, { class: "highlight" });
  answer.after(box);
  const made = edit(box, answer.value, {
    label: "Your program. Shift and Enter checks it, Escape leaves it.",
    run: () => form.requestSubmit(),
    leave: () => form.querySelector("[type=submit]").focus(),
    changed: (typed) => {
      answer.value = typed;
      answer.dispatchEvent(new Event("input", { bubbles: true }));
    },
  });
  answer.hidden = true;
  made.focus();
}

async function preview({ target }) {
  if (!globalThis.katex) await new Promise((loaded) => make("script", document.head, { src: here("katex.min.js") }).addEventListener("load", loaded));
  set(target.form, target.value);
}
function set(form, typed) {
  const lines = typed.replace(/^\s*=\s*$/gm, "").trim();
  globalThis.katex?.render(lines ? lined(lines) : "", form.querySelector(".preview"), { displayMode: true, throwOnError: false, strict: "ignore" });
}

// What was done, at each exercise, at the head of the section, and in the list of all.
function mark(form) {
  const state = done()[form.dataset.name];
  form.classList.toggle("right", state?.right === true);
  const section = document.getElementById("exercises");
  const names = [...(section?.querySelectorAll("form.exercise") ?? [])].map((one) => one.dataset.name);
  if (names.length < 2) return;
  const line = section.querySelector(".progress") ?? (() => {
    const made = make("p", null, { class: "progress", role: "status" });
    section.querySelector("h2").after(made);
    return made;
  })();
  const right = names.filter((name) => done()[name]?.right).length;
  line.textContent = right ? `${right} of ${names.length} done.` : "";
}

function list(box) {
  const all = done();
  const rows = [...box.querySelectorAll("tr[data-name]")];
  for (const row of rows) {
    const state = all[row.dataset.name];
    row.lastElementChild.textContent = state?.right ? "✓" : state ? `${state.tries} tried` : "";
  }
  const line = box.parentElement.querySelector("p.progress");
  line.textContent = `${rows.filter((row) => all[row.dataset.name]?.right).length} of ${rows.length} done, kept in this browser only. `;
  make("button", line, { type: "button" }, "Save them as a file").onclick = () => {
    const file = URL.createObjectURL(new Blob([JSON.stringify(done(), null, 1)], { type: "application/json" }));
    make("a", null, { href: file, download: "exercises.json" }).click();
    URL.revokeObjectURL(file);
  };
  make("button", line, { type: "button" }, "Forget them").onclick = () => {
    if (!confirm("Forget which exercises were done, and your answers?")) return;
    for (const key of ["exercises", "read"]) localStorage.removeItem(key);
    list(box);
  };
}

// Ten exercises at random, of the chapters that were read; from the pages on which they stand.
async function review(box) {
  const entries = JSON.parse(box.querySelector("script").textContent);
  const read = kept("read");
  const known = entries.filter(({ page }) => read[page]);
  const from = known.length >= 10 ? known : entries;
  const status = box.querySelector(".status");
  const chosen = from.map((one) => [Math.random(), one]).sort(([a], [b]) => a - b).slice(0, 10).map(([, one]) => one);
  const pages = {};
  const next = make("button", null, { type: "button" }, "Next");
  next.onclick = async () => {
    const { page, id } = chosen.shift();
    const address = new URL(`../chapters/${page}.html`, location);
    pages[page] ??= fetch(address).then((answer) => answer.text()).then((html) => new DOMParser().parseFromString(html, "text/html"));
    const section = document.importNode((await pages[page]).getElementById(id), true);
    for (const place of section.querySelectorAll("[href]")) place.href = new URL(place.getAttribute("href"), address);
    const old = section.querySelector("h3");
    old.querySelector(".section-number")?.remove();
    const heading = make("h2"); // it stands below the title of the page here
    heading.append(...old.childNodes);
    old.replaceWith(heading);
    for (const wide of section.querySelectorAll("pre, .katex-display")) wide.tabIndex = 0; // for the keyboard
    next.parentElement.before(section);
    prepare(section.querySelector("form"));
    next.hidden = !chosen.length;
  };
  status.textContent = from == known ? "Ten of the chapters that you have read, in a new order each time." : "Ten of all chapters. Once you have read to the end of a few, they come from those.";
  make("p", box, { class: "progress" }).append(next);
  await next.onclick();
}

for (const form of document.querySelectorAll("form.exercise")) prepare(form);
const end = document.getElementById("exercises");
const stem = location.pathname.match(/(\w+)\.html$/)?.[1];
if (end && stem) {
  new IntersectionObserver((seen, observer) => {
    if (!seen.some((one) => one.isIntersecting)) return;
    keep("read", { ...kept("read"), [stem]: true });
    observer.disconnect();
  }).observe(end);
}
const all = document.querySelector("div.exercises");
if (all) list(all);
const ten = document.querySelector("div.review");
if (ten) review(ten);
