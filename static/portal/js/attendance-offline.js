// Keeps the sheets of the day on the tablet, says which ones are, and forgets them: at sign-out, and once the day is over.
(() => {
  const place = document.querySelector("[data-portal-offline]");
  const kept = window.portalAttendance;
  if (!place || !kept || !("serviceWorker" in navigator) || !("caches" in window)) return;
  const PAGES = "pointage-pages:";
  const born = kept.today();

  const forget = async (everything) => {
    for (const name of await caches.keys()) {
      if (name.startsWith(PAGES) && (everything || !name.startsWith(`${PAGES}${kept.today()}:`))) await caches.delete(name);
    }
    const known = await kept.all("known");
    const old = known.filter((row) => everything || row.on !== kept.today());
    await kept.remove("known", old.map((row) => row.key));
  };

  const mark = async () => {
    const names = (await caches.keys()).filter((name) => name.startsWith(`${PAGES}${kept.today()}:`));
    for (const link of document.querySelectorAll("[data-portal-sheet-link]")) {
      for (const name of names) {
        if (link.dataset.kept || !(await (await caches.open(name)).match(link.href))) continue;
        link.dataset.kept = "";
        const word = document.createElement("small");
        word.textContent = "Gardée sur cette tablette pour la journée";
        link.append(" ", word);
      }
    }
  };

  const files = () => [...new Set([
    ...[...document.querySelectorAll("link[rel=stylesheet], link[rel=icon], link[rel=preload]")].map((link) => link.href),
    ...[...document.querySelectorAll("script[src]")].map((script) => script.src),
    ...[...document.querySelectorAll("img")].map((image) => image.src),
    ...performance.getEntriesByType("resource").map((entry) => entry.name),
  ])].filter((address) => address.startsWith(`${location.origin}/static/`));

  const start = async () => {
    await forget(false);
    await navigator.serviceWorker.register(place.dataset.worker);
    const ready = await navigator.serviceWorker.ready;
    const here = location.pathname + location.search;
    const pages = [place.dataset.offline, ...(here === place.dataset.home ? [] : [place.dataset.home])];
    // Loaded by the worker, the page is kept already; before it was there, the page is asked for again.
    if (!navigator.serviceWorker.controller || document.documentElement.dataset.portalFirst === "") pages.push(location.href);
    const channel = new MessageChannel();
    channel.port1.onmessage = () => { document.documentElement.dataset.portalKept = ""; mark(); };
    ready.active.postMessage({ files: files(), pages: pages.map((page) => new URL(page, location.href).href) }, [channel.port2]);
  };
  if (!navigator.serviceWorker.controller) document.documentElement.dataset.portalFirst = "";
  start().catch(() => undefined);

  // A tablet left on through the night.
  setInterval(() => {
    if (kept.today() !== born) forget(true).finally(() => location.replace(place.dataset.home));
  }, 60000);

  for (const form of document.querySelectorAll("form[method=post]")) {
    if (new URL(form.action, location.href).pathname !== place.dataset.signOut) continue;
    form.addEventListener("submit", (event) => {
      if (form.dataset.forgotten !== undefined) return;
      event.preventDefault();
      form.dataset.forgotten = "";
      forget(true).finally(() => form.submit());
    });
  }
})();
