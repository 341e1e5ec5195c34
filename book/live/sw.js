// A service worker: what a reader has run works without a network, and a running cell can be interrupted.
// It is there from the first cell that runs. What is named by its content is taken from what was kept, all
// else from the network as long as there is one, so that nothing old is shown.

const CURRENT = []; // the folders of this version, put in by the build; where there are none, it removes itself
const scope = registration.scope;
const named = (url) => url.match(/\/_static\/((?:live|python)-[^/]+)/)?.[1];
const mine = ({ url, method }) => method == "GET" && url.startsWith(scope) && !url.startsWith(`${scope}lite/`);

addEventListener("install", () => skipWaiting());
addEventListener("activate", (event) => event.waitUntil(activate()));
addEventListener("message", (event) => event.waitUntil(keep(event.data)));
addEventListener("fetch", (event) => {
  if (CURRENT.length && mine(event.request)) event.respondWith(answer(event));
});

async function activate() {
  if (!CURRENT.length) {
    await caches.delete(scope); // other books of this host have their own
    return registration.unregister();
  }
  const cache = await caches.open(scope);
  for (const { url } of await cache.keys()) {
    if (named(url) && !CURRENT.includes(named(url))) await cache.delete(url);
  }
  await clients.claim();
}

// What pages had loaded before this was there comes out of the browser's own store.
async function keep(urls) {
  if (!CURRENT.length) return;
  const cache = await caches.open(scope);
  const missing = async (url) => mine(new Request(url)) && !(await cache.match(url, { ignoreVary: true })) && cache.add(url);
  await Promise.allSettled(urls.map(missing));
}

async function answer(event) {
  const { request } = event;
  const cache = await caches.open(scope);
  const kept = await cache.match(request.url, { ignoreVary: true });
  if (kept && named(request.url)) return isolate(kept);
  try {
    const response = await fetch(request);
    if (response.status == 200) event.waitUntil(cache.put(request.url, response.clone()).catch(() => {})); // a full disk
    return isolate(response);
  } catch (error) {
    if (kept) return isolate(kept);
    throw error;
  }
}

// A page with these headers may share memory with its Python, and so tell it to stop.
function isolate(response) {
  if (response.type == "opaqueredirect") return response;
  const headers = new Headers(response.headers);
  headers.set("Cross-Origin-Opener-Policy", "same-origin");
  headers.set("Cross-Origin-Embedder-Policy", "require-corp");
  const { status, statusText } = response;
  return new Response(response.body, { status, statusText, headers });
}
