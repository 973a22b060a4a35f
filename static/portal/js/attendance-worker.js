// Service worker of the attendance sheets: the sheets opened today are shown again when there is no network. A page is kept
// for one person and one day; the next day, or another person, and it is thrown away. Only GET: touches are sent by the page.
const PAGES = "pointage-pages:";
const FILES = "pointage-fichiers";
const PATIENCE = 4000;
const OFFLINE = "/pointage/hors-connexion/";
const today = () => new Date().toLocaleDateString("sv");
const isPage = (url) => url.pathname === "/pointage/" || url.pathname === OFFLINE || /^\/pointage\/\d+\/[\d-]+\/$/.test(url.pathname);

const purge = async (kept) => {
  for (const name of await caches.keys()) {
    const isOld = name.startsWith(PAGES) && !name.startsWith(PAGES + today() + ":");
    if (isOld || (kept && name.startsWith(PAGES) && name !== kept)) await caches.delete(name);
  }
};
const keep = async (address, answer) => {
  if (!answer.ok || answer.redirected || answer.type !== "basic") return;
  const html = await answer.text();
  const person = /data-person="([^"]+)"/.exec(html);
  if (!person) return;
  const name = PAGES + today() + ":" + person[1];
  await purge(name);
  const cache = await caches.open(name);
  await cache.put(address, new Response(html, { headers: { "Content-Type": "text/html; charset=utf-8", "Content-Security-Policy": answer.headers.get("Content-Security-Policy") || "default-src 'self'" } }));
};
const kept = async (address) => {
  await purge();
  for (const name of await caches.keys()) {
    if (!name.startsWith(PAGES)) continue;
    const found = await (await caches.open(name)).match(address);
    if (found) return found;
  }
  return undefined;
};
const fetchWithin = (request, delay) => new Promise((resolve, reject) => {
  const timer = setTimeout(() => reject(new Error("no network")), delay);
  fetch(request).then(resolve, reject).finally(() => clearTimeout(timer));
});
const fetchPage = async (request) => {
  const there = await kept(request.url);
  try {
    const answer = await (there ? fetchWithin(request, PATIENCE) : fetch(request));
    if (answer.status >= 500 && there) return there;
    if (answer.ok) await keep(request.url, answer.clone());
    return answer;
  } catch (problem) {
    const shown = there || await kept(new URL(OFFLINE, request.url).href);
    if (shown) return shown;
    throw problem;
  }
};
const fetchFile = async (request) => {
  const cache = await caches.open(FILES);
  const there = await cache.match(request.url);
  if (there) return there;
  const answer = await fetch(request);
  if (answer.ok) await cache.put(request.url, answer.clone());
  return answer;
};

self.addEventListener("install", (event) => { self.skipWaiting(); event.waitUntil(Promise.resolve()); });
self.addEventListener("activate", (event) => { event.waitUntil(purge().then(() => self.clients.claim())); });
self.addEventListener("fetch", (event) => {
  const url = new URL(event.request.url);
  if (event.request.method !== "GET" || url.origin !== self.location.origin) return;
  if (event.request.mode === "navigate" && isPage(url)) event.respondWith(fetchPage(event.request));
  else if (url.pathname.startsWith("/static/")) event.respondWith(fetchFile(event.request));
});
// The page that has just opened says what it is made of: it was loaded before this worker was there.
self.addEventListener("message", (event) => {
  const { pages = [], files = [] } = event.data || {};
  const asked = async () => {
    const cache = await caches.open(FILES);
    const wanted = new Set(files);
    for (const old of await cache.keys()) if (files.length && !wanted.has(old.url) && event.data.fresh) await cache.delete(old);
    for (const file of files) if (!(await cache.match(file))) await cache.add(file).catch(() => undefined);
    for (const page of pages) await fetch(page, { credentials: "same-origin" }).then((answer) => keep(page, answer)).catch(() => undefined);
    event.ports[0]?.postMessage("kept");
  };
  event.waitUntil(asked());
});
