// The search: sections, equations, functions, symbols. Its index and MiniSearch load with the first
// search, as scripts, so that it works from the file system too.

const STATIC = new URL(".", document.currentScript.src);
const WORD = /\(\d+\.\d+\)|[\p{L}\p{N}_]+(?:[.'’-][\p{L}\p{N}_]+)*|[@∂⊙∑∀≈←⊤]/gu;
const IDLE = new Set("a an and are as at be by can do does for from get how i in is it my not of on or that the there this to vs we equation eq what when which why with you".split(" "));
const FIELDS = ["title", "heading", "names", "equations", "code", "text"];

const WEIGHTS = [[/chapters\/\d/, 1.5], [/errata|sources|index/, 0.6], [/reference/, 0.9]]; // by address

// Words, and the parts of those with a point or an underscore. A single letter is a name or nothing.
function words(text) {
  const found = [];
  for (const [word] of text.toLowerCase().matchAll(WORD)) {
    found.push(word);
    if (/[._-]/.test(word) && word[0] != "(") found.push(...word.split(/[._-]/));
  }
  return found;
}
const kept = (word, field) => (field && field != "names" && /^\p{L}$/u.test(word) ? null : word);

let ready;
function load() {
  const script = (name) =>
    new Promise((done, failed) => {
      document.head.append(Object.assign(document.createElement("script"), { src: new URL(name, STATIC), onload: done, onerror: failed }));
    });
  return (ready ??= Promise.all(["minisearch/minisearch.js", "course-index.js"].map(script)).then(() => {
    const search = new MiniSearch({
      fields: FIELDS,
      tokenize: words,
      processTerm: kept,
      searchOptions: {
        boost: { title: 4, heading: 5, names: 6, equations: 3, code: 0.4 },
        bm25: { k: 1.2, b: 0.3, d: 0.5 }, // a long section may say as much of a thing as a short one
        prefix: (word) => word.length > 3,
        fuzzy: (word) => (word.length > 5 ? 0.17 : false),
        boostDocument: (id) => WEIGHTS.find(([place]) => place.test(courseIndex.records[id][0]))?.[1] ?? 1,
      },
    });
    search.addAll(
      courseIndex.records.map(([place, title, heading, names, equations, code, text], id) => ({ id, place, title, heading, names, equations, code, text })),
    );
    return search;
  }));
}

// The words of a query, each with those that mean the same; of several words together, as one.
function understood(query) {
  let rest = query.toLowerCase().replace(/(?<![\w(.])\d{1,2}\.\d{1,2}(?![\w).])/g, "($&)"); // equation 4.3
  const queries = [];
  for (const said of Object.keys(courseIndex.synonyms).sort((a, b) => b.length - a.length)) {
    const at = ` ${rest} `.indexOf(` ${said} `);
    if (at < 0) continue;
    const own = { combineWith: "AND", queries: words(said) };
    queries.push({ combineWith: "OR", queries: [own, ...courseIndex.synonyms[said]] });
    rest = rest.slice(0, at) + rest.slice(at + said.length);
  }
  const all = words(rest);
  const telling = all.filter((word) => !IDLE.has(word) && (word.length > 1 || all.length == 1));
  return [...queries, ...(telling.length || queries.length ? telling : all)];
}

// The records that fit a query, the best first: those with all of its words, then those with some.
async function find(query) {
  const search = await load();
  const queries = understood(query);
  if (!queries.length) return [];
  const found = new Map();
  for (const combineWith of ["AND", "OR"]) {
    for (const { id } of search.search({ combineWith, queries })) found.set(id, courseIndex.records[id]);
    if (found.size > 9) break;
  }
  return [...found.values()];
}

// A sentence or so around the first word of the query that a text has.
function snippet(text, query) {
  const first = Math.min(...words(query).map((word) => text.toLowerCase().indexOf(word)).filter((at) => at >= 0), text.length);
  const sentence = text.lastIndexOf(". ", first) + 1;
  const start = first == text.length ? 0 : Math.max(sentence, first < 80 ? 0 : text.indexOf(" ", first - 80));
  const cut = text.slice(start, start + 160);
  return text.length > start + 160 ? `${cut.slice(0, cut.lastIndexOf(" "))} …` : cut;
}

async function show(query, list) {
  const found = query.trim() ? (await find(query)).slice(0, 20) : [];
  const items = found.map(([place, title, heading, names, equations, code, text]) => {
    const link = Object.assign(document.createElement("a"), { href: new URL(`../${place}`, STATIC) });
    link.append(heading);
    const small = document.createElement("p");
    small.append(heading == title ? "" : `${title}. `, snippet(text, query));
    const item = document.createElement("li");
    item.append(link, small);
    return item;
  });
  list.replaceChildren(...items);
  list.previousElementSibling.textContent = query.trim() ? (found.length ? `${found.length} places` : "Nothing found.") : "";
}

// A box, what it found, and the arrow keys between them.
function enliven(input, list) {
  let last = 0;
  const search = async () => {
    const turn = ++last;
    const { value } = input;
    await load();
    if (turn == last) await show(value, list);
  };
  input.addEventListener("input", search);
  list.parentElement.addEventListener("keydown", (event) => {
    const places = [input, ...list.querySelectorAll("a")];
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) {
      event.preventDefault();
      places[Math.min(Math.max(places.indexOf(document.activeElement) + step, 0), places.length - 1)].focus();
    } else if (event.key == "Enter" && document.activeElement == input && places[1]) {
      event.preventDefault();
      places[1].click();
    }
  });
  return search;
}

const page = document.getElementById("search-results");
if (page) {
  const input = document.querySelector("article input[type=search]");
  input.value = new URLSearchParams(location.search).get("q") ?? "";
  const search = enliven(input, page.querySelector("ol"));
  if (input.value) search();
} else {
  const dialog = document.createElement("dialog");
  dialog.className = "search";
  dialog.setAttribute("aria-label", "Search");
  dialog.innerHTML = '<input type="search" aria-label="Search" autocapitalize="off"><p role="status"></p><ol></ol>';
  document.body.append(dialog);
  const input = dialog.querySelector("input");
  const search = enliven(input, dialog.querySelector("ol"));
  dialog.addEventListener("click", ({ target }) => {
    if (target == dialog || target.closest("a")) dialog.close();
    if (target.closest("a")) for (const menu of document.querySelectorAll(".sidebar-toggle")) menu.checked = false;
  });
  dialog.addEventListener("keydown", (event) => event.key == "Escape" && dialog.close());
  globalThis.openSearch = (value = "") => {
    dialog.showModal();
    input.value = value;
    input.focus();
    load();
    search();
  };
}
