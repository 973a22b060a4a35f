// Sends the touches that the tablet keeps, oldest first, as soon as there is a network and a session; what the server has answered
// leaves the tablet, what it refused is said with its reason. A touch has an identity of its own: sent twice, it counts once.
(() => {
  const sheet = document.querySelector("[data-portal-sheet]");
  const kept = window.portalAttendance;
  if (!sheet || !kept || !window.indexedDB) return;
  const BATCH = 100;
  const AGAIN = 20000;
  let isBusy = false;
  let isAskedAgain = false;
  let timer = 0;

  const tell = (state, more = {}) => document.dispatchEvent(new CustomEvent("portal:attendance", { detail: { state, ...more } }));
  const mine = async () => {
    const rows = await kept.all("touches");
    return rows.sort((one, other) => one.rank - other.rank);
  };
  // Returns the token of the session, or null when it has ended.
  const token = async () => {
    const answer = await fetch(sheet.dataset.alive, { credentials: "same-origin", redirect: "manual" });
    if (answer.type === "opaqueredirect") return null;
    if (!answer.ok) throw new Error("no answer");
    return (await answer.json()).token;
  };
  const sendBatch = async (rows, key) => {
    const touches = rows.map(({ key: touch, site, day, child, state, at, arrived, left }) => ({ key: touch, site, day, child, state, at, arrived, left }));
    const answer = await fetch(sheet.dataset.send, {
      method: "POST",
      credentials: "same-origin",
      redirect: "manual",
      headers: { "Content-Type": "application/json", "X-CSRFToken": key },
      body: JSON.stringify({ now: new Date().toISOString(), touches }),
    });
    if (answer.type === "opaqueredirect") return false;
    if (!answer.ok) throw new Error(`refused ${answer.status}`);
    const said = await answer.json();
    const byKey = new Map(rows.map((row) => [row.key, row]));
    const refused = said.answers.filter((one) => one.reason && one.outcome !== "depasse").map((one) => ({ ...byKey.get(one.key), ...one }));
    await kept.put("refused", refused);
    await kept.put("known", said.states.map((row) => ({ ...row, key: `${row.site}/${row.day}/${row.child}`, on: kept.today() })));
    await kept.remove("touches", said.answers.map((one) => one.key));
    tell("answered", { states: said.states });
    return true;
  };
  const flush = async () => {
    if (isBusy) { isAskedAgain = true; return; }
    isBusy = true;
    clearTimeout(timer);
    try {
      for (let all = await mine(); ; all = await mine()) {
        const rows = all.filter((row) => row.person === kept.person());
        const others = all.length - rows.length;
        if (!rows.length) { tell(others ? "others" : "sent", { others, names: [...new Set(all.map((row) => row.name))] }); break; }
        tell("sending", { waiting: rows.length });
        const key = await token();
        if (key === null || !(await sendBatch(rows.slice(0, BATCH), key))) { tell("ended", { waiting: rows.length }); break; }
      }
    } catch {
      tell("waiting", { waiting: (await mine()).length });
    }
    isBusy = false;
    if (isAskedAgain) { isAskedAgain = false; flush(); return; }
    if ((await mine()).length) timer = setTimeout(flush, AGAIN);
  };
  kept.flush = flush;
  window.addEventListener("online", flush);
  document.addEventListener("visibilitychange", () => { if (!document.hidden) flush(); });
})();
