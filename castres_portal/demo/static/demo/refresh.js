// Replaces a part of the page by its fresh version once the seconds that it announces are over.
const part = () => document.querySelector("[data-portal-refresh]");

async function refresh() {
  try {
    const answer = await fetch(location.href);
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("[data-portal-refresh]");
    if (answer.ok && fresh) part().replaceWith(fresh);
  } catch {
    // The demonstration was stopped: the page stays as it is and tries again.
  }
  wait();
}

function wait() {
  const seconds = Math.min(Number(part()?.dataset.portalRefresh) || 30, 5);
  setTimeout(refresh, seconds * 1000 + 250);
}

if (part()) wait();
