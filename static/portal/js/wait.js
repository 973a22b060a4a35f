// While something is awaited, ask the page again every few seconds and replace the words that changed: the live region
// tells them, nothing moves otherwise. Without JavaScript the page comes back by itself.
(() => {
  const region = document.querySelector("[data-portal-wait][data-url]");
  if (!region) return;
  const look = async () => {
    try {
      const answer = await fetch(region.dataset.url, { credentials: "same-origin" });
      if (answer.ok) {
        const page = new DOMParser().parseFromString(await answer.text(), "text/html");
        const fresh = page.querySelector("[data-portal-wait]");
        if (fresh) {
          if (fresh.textContent.replace(/\s+/g, " ") !== region.textContent.replace(/\s+/g, " ")) region.innerHTML = fresh.innerHTML;
          if (!fresh.dataset.url) return;
          region.dataset.url = fresh.dataset.url;
        }
      }
    } catch { /* The network comes and goes; the next look may find it. */ }
    setTimeout(look, region.dataset.seconds * 1000);
  };
  setTimeout(look, region.dataset.seconds * 1000);
})();
