// The calendar while it is being changed: what the ticks add, remove and cost, a whole month, weekday or week at one press.
(() => {
  const money = new Intl.NumberFormat("fr-FR", { style: "currency", currency: "EUR", signDisplay: "exceptZero" });
  const signed = (number) => (number < 0 ? `−${-number}` : `+${number}`);
  const plural = (unit, number) => {
    const [first, ...rest] = unit.split(" ");
    return Math.abs(number) < 2 || /[sxz]$/.test(first) ? unit : [`${first}s`, ...rest].join(" ");
  };
  const unitOf = (field) => field.closest("[data-unit]")?.dataset.unit || "jour";
  const cents = (element, fallback) => Number(element?.dataset.price ?? fallback?.dataset.price ?? 0);

  // What a field says now and what it said when the page came: how many days, how many cents.
  const ofBox = (box) => {
    const price = cents(box, box.closest("[data-price]"));
    const was = box.dataset.booked === "1" || box.closest("td").classList.contains("booked");
    return { was: Number(was), is: Number(box.checked), before: price, after: price };
  };
  const ofList = (list) => {
    const was = [...list.options].find((option) => option.value === list.dataset.booked && option.value);
    const is = list.selectedOptions[0]?.value ? list.selectedOptions[0] : null;
    return { was: Number(!!was), is: Number(!!is), before: cents(was), after: cents(is), switched: !!was && !!is && was !== is };
  };

  const enhance = (form) => {
    const boxes = [...form.querySelectorAll(":is(.month-grid, .week-grid) input[type=checkbox]:enabled")];
    const lists = [...form.querySelectorAll("select[data-booked]")];
    const summary = form.querySelector("[data-portal-summary]");
    const tell = () => {
      const days = new Map();
      let amount = 0;
      let changed = 0;
      let switched = 0;
      for (const field of [...boxes, ...lists]) {
        const { was, is, before, after, switched: other } = field.type === "checkbox" ? ofBox(field) : ofList(field);
        amount += is * after - was * before;
        if (field.type !== "checkbox") {
          field.dataset.state = is > was ? "added" : is < was ? "removed" : other ? "switched" : is ? "kept" : "";
        }
        if (was === is && !other) continue;
        changed += 1;
        if (other) switched += 1;
        else days.set(unitOf(field), (days.get(unitOf(field)) || 0) + is - was);
      }
      const parts = [...days].filter(([, number]) => number).map(([unit, number]) => `${signed(number)} ${plural(unit, number)}`);
      if (switched) parts.push(`${switched} formule${switched > 1 ? "s" : ""} changée${switched > 1 ? "s" : ""}`);
      if (changed && !parts.length) parts.push("Jours échangés");
      if (changed) parts.push(money.format(amount / 100).replace("-", "−"));
      if (summary) {
        summary.textContent = changed ? parts.join(", ") : "Aucun changement";
        summary.dataset.changed = String(changed > 0);
      }
      const reset = form.querySelector("[data-portal-reset]");
      if (reset) reset.hidden = !changed;
    };
    const toggle = (some) => {
      const wanted = !some.every((box) => box.checked);
      for (const box of some) box.checked = wanted;
      tell();
    };
    const button = (head, title, some) => {
      const made = document.createElement("button");
      made.type = "button";
      made.className = "month-grid__all";
      made.title = title;
      made.append(...head.childNodes);
      made.addEventListener("click", () => toggle(some));
      head.append(made);
    };

    for (const head of form.querySelectorAll("th[data-portal-weekday]")) {
      const some = boxes.filter((box) => box.closest("td").cellIndex === head.cellIndex);
      if (some.length > 1) button(head, `Cocher ou décocher les ${head.dataset.portalWeekday}s`, some);
    }
    for (const head of form.querySelectorAll(".week-grid tbody th[scope=row]")) {
      const some = boxes.filter((box) => box.closest("tr") === head.closest("tr"));
      if (some.length > 1) button(head, "Cocher ou décocher la semaine", some);
    }
    for (const tool of form.querySelectorAll("[data-portal-check-all]")) {
      if (boxes.length < 2) continue;
      tool.hidden = false;
      tool.addEventListener("click", () => toggle(boxes));
    }
    // The figures are told as they change: nobody has to ask for them.
    for (const asking of form.querySelectorAll("[data-portal-preview]")) {
      asking.hidden = true;
      asking.disabled = true;
    }
    form.addEventListener("change", tell);
    // The fields take their first values back after this event, not before.
    form.addEventListener("reset", () => setTimeout(tell, 0));
    window.addEventListener("pageshow", tell);
    tell();
  };

  document.querySelectorAll("form[data-portal-month]").forEach(enhance);
})();
