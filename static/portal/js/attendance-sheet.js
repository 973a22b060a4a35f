// A touch on the sheet is kept on the tablet at once, then sent (attendance-send.js). Reloaded without network, the sheet shows
// what the page knew, then what the server has said since, then what still waits to be sent.
(() => {
  const sheet = document.querySelector("[data-portal-sheet]");
  const kept = window.portalAttendance;
  if (!sheet || !kept || !kept.flush) return;
  const site = Number(sheet.dataset.site);
  const { day } = sheet.dataset;
  const list = sheet.querySelector("[data-portal-pupils]");
  const count = sheet.querySelector("[data-portal-sheet-count]");
  const status = sheet.querySelector("[data-portal-sheet-status]");
  const refusals = sheet.querySelector("[data-portal-sheet-refused]");
  const candidates = JSON.parse(document.getElementById("candidats")?.textContent || "[]");
  const template = document.getElementById("ligne");
  const waiting = new Map();
  const instants = new Map();
  let rank = Date.now();

  const pupils = () => [...list.querySelectorAll("[data-portal-pupil]")];
  const pupil = (child) => list.querySelector(`[data-portal-pupil="${child}"]`);
  const childOf = (row) => Number(row.dataset.portalPupil);
  const stateOf = (row) => row.querySelector(".mark input:checked")?.value ?? "";
  const hour = (row, name) => row.querySelector(`[data-hour=${name}]`);
  const clock = (instant) => instant.toLocaleTimeString("fr-FR", { hour: "2-digit", minute: "2-digit" });
  const spoken = (instant) => clock(instant).replace(":", "\u00a0h\u00a0").replace(/^0/, "");
  const plain = (text) => text.normalize("NFD").replace(/[\u0300-\u036f]/g, "").toLowerCase();

  const tally = () => {
    const booked = pupils().filter((row) => "booked" in row.dataset);
    const touched = booked.filter((row) => stateOf(row)).length;
    const unbooked = pupils().filter((row) => !("booked" in row.dataset) && stateOf(row)).length;
    count.textContent = `${touched} sur ${booked.length} pointé${touched > 1 ? "s" : ""}${unbooked ? `, ${unbooked} sans réservation` : ""}`;
  };
  const show = (row, said, words, isWaiting) => {
    const wanted = said.state === "efface" ? "" : said.state;
    const box = [...row.querySelectorAll(".mark input")].find((one) => one.value === wanted || (wanted === "present" && one.value === "sans-reservation") || (wanted === "sans-reservation" && one.value === "present"));
    if (box) box.checked = true;
    for (const name of ["arrived", "left"]) {
      const field = hour(row, name);
      if (field) field.value = said[name] && said[name].includes("T") ? clock(new Date(said[name])) : said[name] || "";
    }
    const place = row.querySelector("[data-portal-pupil-state]");
    place.textContent = words;
    place.toggleAttribute("data-waiting", isWaiting);
  };
  const showKnown = (said) => {
    const row = pupil(said.child) || (said.state === "sans-reservation" ? add(said.child) : null);
    if (!row || waiting.has(said.child)) return;
    row.dataset.at = said.at;
    show(row, said, said.state === "efface" ? "" : `Pointé à ${said.hour} par ${said.by}`, false);
  };
  const showWaiting = (touch) => {
    const row = pupil(touch.child) || add(touch.child);
    if (row) show(row, touch, touch.state === "efface" ? "À envoyer" : `Pointé à ${spoken(new Date(touch.at))}, à envoyer`, true);
  };

  // A line for a child who came without a booking; her name comes from the list that the page holds.
  const add = (child) => {
    const known = candidates.find(([pk]) => pk === child);
    if (!known || !template) return null;
    const row = template.content.firstElementChild.cloneNode(true);
    row.dataset.portalPupil = child;
    row.querySelector("[data-name]").textContent = known[1];
    row.querySelector("[data-class]").textContent = known[2];
    for (const box of row.querySelectorAll(".mark input")) box.name = `etat-${child}`;
    for (const field of row.querySelectorAll("[data-hour]")) {
      field.name = `${field.dataset.hour === "left" ? "depart" : "arrivee"}-${child}`;
      field.id = field.name;
      field.previousElementSibling.htmlFor = field.name;
    }
    list.append(row);
    dress(row);
    return row;
  };

  const touch = async (row) => {
    const child = childOf(row);
    const at = new Date();
    const state = stateOf(row) || "efface";
    const came = state === "present" || state === "sans-reservation";
    if (state === "present" && sheet.dataset.arrival === "oui" && hour(row, "arrived") && !hour(row, "arrived").value) now(row, "arrived", at);
    const read = (name) => (came && hour(row, name)?.value ? instants.get(`${child}/${name}`) || hour(row, name).value : "");
    const said = {
      key: crypto.randomUUID(), rank: rank += 1, person: kept.person(), name: document.querySelector(".identity__hello strong")?.textContent.replace(/^Bonjour |\.$/g, "") || "",
      site, day, child, state, at: at.toISOString(), arrived: read("arrived"), left: read("left"),
    };
    waiting.set(child, (waiting.get(child) || 0) + 1);
    await kept.put("touches", [said]);
    showWaiting(said);
    tally();
    kept.flush();
  };
  const now = (row, name, at) => {
    hour(row, name).value = clock(at);
    instants.set(`${childOf(row)}/${name}`, at.toISOString());
  };
  const dress = (row) => {
    for (const box of row.querySelectorAll(".mark input")) box.addEventListener("change", () => touch(row));
    for (const field of row.querySelectorAll("[data-hour]")) {
      field.addEventListener("change", () => {
        instants.delete(`${childOf(row)}/${field.dataset.hour}`);
        arrive(row);
      });
    }
    for (const button of row.querySelectorAll("[data-portal-now]")) {
      button.hidden = "closed" in sheet.dataset;
      button.addEventListener("click", () => { now(row, button.dataset.portalNow, new Date()); arrive(row); });
    }
  };
  // An hour says that the child came.
  const arrive = (row) => {
    if (!stateOf(row) || stateOf(row) === "absent") row.querySelector(".mark--present input").checked = true;
    touch(row);
  };

  // --- Adding a child -------------------------------------------------------------------------------------------------

  const words = sheet.querySelector("[data-portal-candidate-words]");
  const found = sheet.querySelector("[data-portal-candidates]");
  const offer = () => {
    const parts = plain(words.value).split(/\s+/).filter(Boolean);
    const rows = parts.length ? candidates.filter(([pk, name]) => !pupil(pk) && parts.every((part) => plain(name).includes(part))).slice(0, 20) : [];
    const lines = document.createElement("ul");
    lines.className = "candidates";
    for (const [pk, name, group] of rows) {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "btn btn-outline-primary candidate";
      button.textContent = name;
      const more = document.createElement("span");
      more.className = "pupil__class";
      more.textContent = group;
      button.append(more);
      button.addEventListener("click", () => {
        const row = add(pk);
        row.querySelector(".mark--present input").checked = true;
        touch(row);
        words.value = "";
        offer();
        row.scrollIntoView({ block: "center" });
        row.querySelector(".mark--present input").focus();
      });
      const line = document.createElement("li");
      line.append(button);
      lines.append(line);
    }
    found.replaceChildren(...(rows.length ? [lines] : []));
    if (parts.length && !rows.length) found.textContent = "Aucun enfant de ce nom, ou il est déjà sur la feuille.";
  };
  words?.addEventListener("input", offer);

  // --- What became of the touches -------------------------------------------------------------------------------------

  const signIn = () => {
    const link = document.createElement("a");
    link.href = `${sheet.dataset.signIn}?next=${encodeURIComponent(location.pathname)}`;
    link.textContent = "Me reconnecter pour envoyer";
    return link;
  };
  const some = (number) => `${number} pointage${number > 1 ? "s" : ""}`;
  const say = (detail) => {
    const said = {
      sent: () => ["Tout est envoyé"],
      sending: () => [`Envoi de ${some(detail.waiting)}…`],
      waiting: () => [`Sans réseau\u00a0: ${some(detail.waiting)} gardé${detail.waiting > 1 ? "s" : ""} sur cette tablette`],
      ended: () => [`Session terminée, ${some(detail.waiting)} à envoyer. `, signIn()],
      others: () => [`${some(detail.others)} de ${detail.names.join(", ")} à envoyer. `, adopt()],
    }[detail.state];
    if (!said) return;
    status.replaceChildren(...said());
    status.toggleAttribute("data-waiting", detail.state !== "sent");
  };
  // Touched by a colleague whose session ended on this tablet: she comes back, or somebody sends them in her own name.
  const adopt = () => {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "btn btn-link";
    button.textContent = "Les envoyer en mon nom";
    button.addEventListener("click", async () => {
      const rows = await kept.all("touches");
      await kept.put("touches", rows.map((row) => ({ ...row, person: kept.person() })));
      kept.flush();
    });
    return button;
  };
  const showRefused = async () => {
    const rows = await kept.all("refused");
    if (!rows.length) { refusals.replaceChildren(); return; }
    const box = document.createElement("div");
    box.className = "notice notice--warning";
    box.setAttribute("role", "alert");
    const body = document.createElement("div");
    body.className = "notice__body";
    const title = document.createElement("p");
    title.className = "notice__title";
    title.textContent = "À savoir";
    const lines = document.createElement("ul");
    for (const row of rows) {
      const line = document.createElement("li");
      const name = pupil(row.child)?.querySelector("[data-name]").textContent;
      line.textContent = `${name && row.site === site ? `${name}\u00a0: ` : ""}${row.reason}`;
      lines.append(line);
    }
    const seen = document.createElement("button");
    seen.type = "button";
    seen.className = "btn btn-outline-primary";
    seen.textContent = "J’ai lu";
    seen.addEventListener("click", async () => { await kept.remove("refused", rows.map((row) => row.key)); box.remove(); });
    body.append(title, lines, seen);
    box.append(body);
    refusals.replaceChildren(box);
  };
  document.addEventListener("portal:attendance", async ({ detail }) => {
    if (detail.state === "answered") {
      const left = await kept.all("touches");
      waiting.clear();
      for (const row of left) if (row.site === site && row.day === day) waiting.set(row.child, 1);
      for (const row of detail.states) if (row.site === site && row.day === day) showKnown(row);
      tally();
      await showRefused();
    } else say(detail);
  });

  // --- Beginning ------------------------------------------------------------------------------------------------------

  const start = async () => {
    const [known, touches] = await Promise.all([kept.all("known"), kept.all("touches")]);
    for (const row of pupils()) dress(row);
    for (const row of known) {
      const there = pupil(row.child)?.dataset.at;
      if (row.site === site && row.day === day && (!there || new Date(row.at) > new Date(there))) showKnown(row);
    }
    for (const row of touches.filter((one) => one.site === site && one.day === day).sort((one, other) => one.rank - other.rank)) {
      waiting.set(row.child, 1);
      showWaiting(row);
    }
    tally();
    await showRefused();
    for (const part of sheet.querySelectorAll("[data-portal-plain]")) part.hidden = true;
    sheet.addEventListener("submit", (event) => event.preventDefault());
    sheet.querySelector("[data-portal-everybody]")?.addEventListener("click", async (event) => {
      event.preventDefault();
      for (const row of pupils()) {
        if (!("expected" in row.dataset) || stateOf(row)) continue;
        row.querySelector(".mark--present input").checked = true;
        touch(row);
      }
    });
    const filter = sheet.querySelector("[data-portal-filter]");
    if (pupils().length > 8) {
      filter.hidden = false;
      filter.querySelector("input").addEventListener("input", (event) => {
        const parts = plain(event.target.value).split(/\s+/).filter(Boolean);
        for (const row of pupils()) row.hidden = !parts.every((part) => plain(row.querySelector("[data-name]").textContent).includes(part));
      });
    }
    sheet.dataset.ready = "";
    kept.flush();
  };
  start().catch(() => undefined);
})();
