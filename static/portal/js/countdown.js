// Count down to an opening by the server's clock, whatever the clock of this machine says; then show the way in.
for (const box of document.querySelectorAll("[data-portal-countdown]")) {
  const { now, opens } = box.dataset;
  const left = box.querySelector("[data-portal-countdown-left]");
  const way = box.querySelector("[data-portal-countdown-open]");
  const shownAt = performance.now();
  const say = (seconds) => {
    const parts = [[Math.floor(seconds / 86400), "j"], [Math.floor(seconds / 3600) % 24, "h"], [Math.floor(seconds / 60) % 60, "min"], [seconds % 60, "s"]];
    const first = parts.findIndex(([number]) => number);
    return parts.slice(first < 0 ? 3 : first).map(([number, unit]) => `${number}\u00a0${unit}`).join(" ");
  };
  const beat = setInterval(tick, 1000);
  function tick() {
    const seconds = Math.ceil(opens - now - (performance.now() - shownAt) / 1000);
    if (seconds > 0) { left.textContent = ` Encore ${say(seconds)}.`; return; }
    clearInterval(beat);
    left.textContent = "";
    way.hidden = false;
    way.setAttribute("role", "status");
  }
  tick();
}
