// A Python in a worker. It is told {start} once, then {id, code, title}, and tells {id, type, content}
// as a Jupyter kernel does, and at last {id, done}.

let python, kernel, current;

async function load(names) {
  let wrong;
  await python.loadPackage(names, { messageCallback() {}, errorCallback: (words) => (wrong ??= words) });
  if (wrong) throw Error(wrong);
}

async function start({ python: folder, book, soon, interrupt }) {
  const { loadPyodide } = await import(`${folder}pyodide.mjs`);
  const archive = fetch(book).then((answer) => (answer.ok ? answer.arrayBuffer() : Promise.reject(Error(`${book}: ${answer.status}`))));
  archive.catch(() => {}); // told below
  postMessage({ say: "Python is loaded …" });
  python = await loadPyodide({ indexURL: folder });
  await load(["numpy"]);
  if (interrupt) python.setInterruptBuffer(interrupt);
  python.unpackArchive(await archive, "zip", { extractDir: "/book" });
  if (soon) load(soon).catch(() => {}); // while the first cells run
  python.runPython("import sys; sys.path.insert(0, '/book/live')");
  const tell = (type, content) => postMessage({ id: current, type, content: JSON.parse(content) });
  kernel = python.pyimport("start").start(tell);
}

async function run({ id, code, title }) {
  current = id;
  try {
    await python.loadPackagesFromImports(code, { messageCallback() {} });
    return kernel.run(code, title);
  } catch (error) { // not Python's own, which the kernel tells
    const words = /memory|stack/i.test(error) ? "Python has no memory left. Restart it." : `Python stopped: ${error.message ?? error}`;
    postMessage({ id, type: "error", content: { traceback: [words] } });
    return false;
  }
}

let turn = Promise.resolve(); // one after the other, from cells and exercises alike
onmessage = ({ data }) => (turn = turn.then(() => answer(data)));

async function answer(data) {
  if (data.start) {
    try {
      await start(data.start);
      postMessage({ ready: true });
    } catch (error) {
      postMessage({ failed: String(error.message ?? error) });
    }
  } else {
    const done = await run(data);
    const loaded = [location.href, ...performance.getEntriesByType("resource").map(({ name }) => name)];
    postMessage({ id: data.id, done, heap: python._module.HEAP8.length, loaded });
  }
}
