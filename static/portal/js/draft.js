// What is being typed is kept in this tab (sessionStorage) and offered again after a new sign-in. Never passwords, files,
// one-time codes or hidden fields, nor anything under data-portal-no-draft (health above all). Whoever signs out by the button
// leaves nothing behind, and a draft is shown to its author alone.
(() => {
  const place = document.querySelector("[data-portal-idle]");
  if (!place) return;
  const { person, session } = place.dataset;
  const PREFIX = "saisie:";
  let box;
  try { box = window.sessionStorage; box.getItem(PREFIX); } catch { return; }

  const keys = () => Object.keys(box).filter((key) => key.startsWith(PREFIX));
  const read = (key) => { try { return JSON.parse(box.getItem(key)); } catch { return null; } };
  for (const key of keys()) if (read(key)?.person !== person) box.removeItem(key);

  const KEPT = new Set(["text", "email", "tel", "number", "date", "time", "month", "search", "url", "textarea", "select-one", "select-multiple", "checkbox", "radio"]);
  const fieldsOf = (form) => [...form.elements].filter((field) =>
    field.name && KEPT.has(field.type) && !field.readOnly && !/code/i.test(field.name)
    && !/^(one-time-code|cc-|current-password|new-password)/.test(field.autocomplete || "")
    && !field.closest("[data-portal-no-draft]"));
  const isTicked = (field) => field.type === "checkbox" || field.type === "radio";
  const valueOf = (field) => {
    if (isTicked(field)) return field.checked;
    return field.type === "select-multiple" ? [...field.selectedOptions].map((option) => option.value) : field.value;
  };
  const nameOf = (field) => (isTicked(field) ? `${field.name}=${field.value}` : field.name);
  const put = (field, value) => {
    if (isTicked(field)) field.checked = value;
    else if (field.type === "select-multiple") for (const option of field.options) option.selected = value.includes(option.value);
    else field.value = value;
    field.dispatchEvent(new Event("change", { bubbles: true }));
  };
  const snapshot = (form) => Object.fromEntries(fieldsOf(form).map((field) => [nameOf(field), valueOf(field)]));

  const offer = (form, draft, key) => {
    const notice = document.createElement("div");
    notice.className = "notice notice--info draft-offer";
    notice.setAttribute("role", "status");
    const body = document.createElement("div");
    body.className = "notice__body";
    const words = document.createElement("p");
    words.textContent = "Vous aviez commencé à remplir ce formulaire avant d’être déconnecté.";
    const again = document.createElement("button");
    again.type = "button";
    again.className = "btn btn-primary";
    again.textContent = "Reprendre ma saisie";
    again.addEventListener("click", () => {
      for (const field of fieldsOf(form)) if (nameOf(field) in draft.values) put(field, draft.values[nameOf(field)]);
      notice.remove();
      fieldsOf(form)[0]?.focus();
    });
    const drop = document.createElement("button");
    drop.type = "button";
    drop.className = "btn btn-link";
    drop.textContent = "L’effacer";
    drop.addEventListener("click", () => { box.removeItem(key); notice.remove(); });
    const actions = document.createElement("p");
    actions.append(again, drop);
    body.append(words, actions);
    notice.append(body);
    form.before(notice);
  };

  const forms = [...document.querySelectorAll("main form[method=post]")].filter((form) => !form.closest("[data-portal-no-draft]") && fieldsOf(form).length);
  forms.forEach((form, rank) => {
    const key = `${PREFIX}${location.pathname}:${rank}`;
    const first = JSON.stringify(snapshot(form));
    const draft = read(key);
    if (draft) {
      // Same sign-in: the server has seen it, or the person left it. Another one: the session ended in between.
      if (draft.session === session) box.removeItem(key);
      else if (JSON.stringify(draft.values) !== first) offer(form, draft, key);
      else box.removeItem(key);
    }
    let timer = 0;
    const keep = () => {
      const values = snapshot(form);
      if (JSON.stringify(values) !== first) box.setItem(key, JSON.stringify({ person, session, values }));
    };
    form.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(keep, 400); });
    form.addEventListener("change", keep);
    form.addEventListener("submit", keep);
  });

  for (const form of document.querySelectorAll("form[method=post]")) {
    if (new URL(form.action, location.href).pathname === "/compte/deconnexion/") {
      form.addEventListener("submit", () => { for (const key of keys()) box.removeItem(key); });
    }
  }
})();
