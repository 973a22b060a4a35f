// Two minutes before silence ends the session, say so and offer to stay; then say that it has ended and how to come back.
// The server is asked first: another tab may have been busy. Nothing pops up, nothing moves: a live region at the foot.
(() => {
  const start = () => {
    const place = document.querySelector("[data-portal-idle]");
    const url = place ? place.dataset.url : "/compte/activite/";
    const signIn = place ? place.dataset.signIn : "/compte/connexion/";
    const WARN = 120;
    let token = "";
    let timer = 0;

    const notice = document.createElement("div");
    notice.className = "idle-notice";
    notice.setAttribute("role", "alert");
    document.body.append(notice);
    const show = (text, ...actions) => {
      notice.replaceChildren();
      const words = document.createElement("p");
      words.textContent = text;
      notice.append(words, ...actions);
      notice.dataset.shown = "";
    };
    const hide = () => { notice.replaceChildren(); delete notice.dataset.shown; };

    const stay = document.createElement("button");
    stay.type = "button";
    stay.className = "btn btn-primary idle-notice__act";
    stay.textContent = "Rester connecté";
    stay.addEventListener("click", async () => { if (await ask("POST")) hide(); });

    const back = document.createElement("a");
    back.className = "btn btn-primary idle-notice__act";
    back.textContent = "Me reconnecter";

    const after = (seconds, what) => { clearTimeout(timer); timer = setTimeout(what, Math.max(1, seconds) * 1000); };
    const ended = () => {
      back.href = `${signIn}?next=${encodeURIComponent(location.pathname + location.search)}`;
      show("Vous avez été déconnecté après un long silence. Ce que vous aviez saisi vous sera proposé à votre retour.", back);
    };
    const plan = (seconds) => {
      if (seconds > WARN) return after(seconds - WARN, look);
      const minutes = Math.max(1, Math.round(seconds / 60));
      show(`Sans action de votre part, vous serez déconnecté dans ${minutes} minute${minutes > 1 ? "s" : ""}.`, stay);
      return after(seconds + 2, look);
    };

    // Returns whether the session is alive; plans what comes next.
    const ask = async (method) => {
      try {
        const headers = method === "POST" ? { "X-CSRFToken": token } : {};
        const answer = await fetch(url, { method, headers, credentials: "same-origin", redirect: "manual" });
        if (answer.type === "opaqueredirect") { ended(); return false; }
        if (!answer.ok) throw new Error("no answer");
        const said = await answer.json();
        token = said.token;
        if (said.seconds > WARN) hide();
        plan(said.seconds);
        return true;
      } catch {
        after(30, look);
        return false;
      }
    };
    const look = () => ask("GET");

    if (place) plan(Number(place.dataset.seconds));
    else look();
    // A laptop that slept: timers slept with it.
    document.addEventListener("visibilitychange", () => { if (!document.hidden) look(); });
  };
  // The back office puts scripts in its head.
  if (document.body) start();
  else document.addEventListener("DOMContentLoaded", start);
})();
