// A Python in this browser: run(code, show, title) and stop().

export async function connect({ worker, say, ...where }) {
  // Only where pages are isolated can a running Python be told anything.
  const interrupt = globalThis.crossOriginIsolated ? new Uint8Array(new SharedArrayBuffer(1)) : undefined;
  const running = new Map();
  let thread, ready, told, last = 0;

  function start() {
    thread = new Worker(worker, { type: "module" });
    thread.postMessage({ start: { ...where, interrupt } });
    ready = new Promise((done, fail) => {
      thread.onerror = (event) => fail(Error(event.message || "Python could not be loaded"));
      thread.onmessage = ({ data }) => {
        const one = running.get(data.id);
        if (data.say) say(data.say);
        else if (data.ready) done();
        else if (data.failed) fail(Error(data.failed));
        else if (data.type) one?.show(data.type, data.content);
        else {
          running.delete(data.id);
          self.heap = data.heap;
          keep(data.loaded).catch(() => {}); // all else works without it
          one?.done(data.done);
        }
      };
    });
    ready.catch(() => {});
    return ready;
  }

  const self = {
    heap: 0,
    async run(code, show, title) {
      await ready;
      const id = ++last;
      if (interrupt) interrupt[0] = 0;
      thread.postMessage({ id, code, title });
      return new Promise((done) => running.set(id, { show, done }));
    },
    // Whether Python goes on and knows what it knew; if not, another one starts.
    stop() {
      const id = last;
      if (!interrupt || !running.has(id) || told == id) { // a second press: it has not listened
        self.restart();
        return false;
      }
      told = id;
      const tell = () => { // again and again, since Python may be where it cannot be interrupted
        if (!running.has(id)) return;
        interrupt[0] = 2;
        setTimeout(tell, 300);
      };
      tell();
      return true;
    },
    restart() {
      thread.terminate();
      for (const { show, done } of running.values()) {
        show("error", { traceback: ["Stopped. Python starts anew: the cells above run again with the next one."] });
        done(false);
      }
      running.clear();
      start();
    },
  };
  await start();
  return self;
}

// What was needed so far is kept for when there is no network; see sw.js.
async function keep(loaded) {
  if (!navigator.serviceWorker) return;
  await navigator.serviceWorker.register(new URL("../../sw.js", import.meta.url));
  const { active } = await navigator.serviceWorker.ready;
  const seen = performance.getEntriesByType("resource").map(({ name }) => name);
  active.postMessage([location.href.split("#")[0], ...seen, ...loaded]);
}
