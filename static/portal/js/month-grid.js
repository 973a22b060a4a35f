// The calendar while it is being changed: how many additions and removals wait, a whole month or weekday at one press.
(() => {
  const count = (number, word) => `${number} ${word}${number > 1 ? "s" : ""}`;
  const booked = (box) => box.dataset.booked === "1";

  const enhance = (form) => {
    const boxes = [...form.querySelectorAll(".month-grid input[type=checkbox][data-booked]:enabled")];
    const summary = form.querySelector("[data-portal-summary]");
    const tell = () => {
      const added = boxes.filter((box) => box.checked && !booked(box)).length;
      const removed = boxes.filter((box) => !box.checked && booked(box)).length;
      const parts = [];
      if (added) parts.push(count(added, "ajout"));
      if (removed) parts.push(count(removed, "retrait"));
      if (summary) {
        summary.textContent = parts.length ? `${parts.join(", ")} à valider` : "Aucun changement";
        summary.dataset.changed = String(parts.length > 0);
      }
      const reset = form.querySelector("[data-portal-reset]");
      if (reset) reset.hidden = !parts.length;
    };
    const toggle = (some) => {
      const wanted = !some.every((box) => box.checked);
      for (const box of some) box.checked = wanted;
      tell();
    };
    const ofColumn = (head) => boxes.filter((box) => box.closest("td").cellIndex === head.cellIndex);

    for (const head of form.querySelectorAll("th[data-portal-weekday]")) {
      const some = ofColumn(head);
      if (some.length < 2) continue;
      const button = document.createElement("button");
      button.type = "button";
      button.className = "month-grid__all";
      button.title = `Cocher ou décocher les ${head.dataset.portalWeekday}s`;
      button.append(...head.childNodes);
      button.addEventListener("click", () => toggle(some));
      head.append(button);
    }
    for (const tool of form.querySelectorAll("[data-portal-check-all]")) {
      if (boxes.length < 2) continue;
      tool.hidden = false;
      tool.addEventListener("click", () => toggle(boxes));
    }
    form.addEventListener("change", tell);
    // The boxes take their first values back after this event, not before.
    form.addEventListener("reset", () => setTimeout(tell, 0));
    window.addEventListener("pageshow", tell);
    tell();
  };

  document.querySelectorAll("form[data-portal-month]").forEach(enhance);
})();
