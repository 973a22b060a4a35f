// Passkeys: the browser asks for a fingerprint, a face or a PIN, and its answer leaves with the form.
// <form data-portal-passkey="add|use|login" data-portal-passkey-options="id of a JSON script">, with an input named
// credential. It stays hidden where there is no JavaScript or no passkey; [data-portal-passkey-missing] says so instead.
(() => {
  const forms = [...document.querySelectorAll("form[data-portal-passkey]")];
  if (!forms.length) return;
  const able = Boolean(window.PublicKeyCredential && window.webauthnJSON && window.webauthnJSON.supported());
  for (const words of document.querySelectorAll("[data-portal-passkey-missing]")) words.hidden = able;
  if (!able) return;

  const WORDS = {
    NotAllowedError: "La demande a été annulée ou a pris trop de temps. Vous pouvez recommencer.",
    InvalidStateError: "Cet appareil a déjà une clé d’accès pour votre compte.",
    SecurityError: "Les clés d’accès ne fonctionnent pas à cette adresse du site.",
    NotSupportedError: "Cet appareil ne sait pas créer de clé d’accès. Une application d’authentification convient aussi.",
  };

  const optionsOf = async (form) => {
    const kept = document.getElementById(form.dataset.portalPasskeyOptions || "");
    if (kept) return JSON.parse(kept.textContent);
    const answer = await fetch(form.action, { headers: { Accept: "application/json" }, credentials: "same-origin" });
    if (!answer.ok) throw new Error("no options");
    return answer.json();
  };

  const ask = async (form) => {
    const options = await optionsOf(form);
    if (form.dataset.portalPasskey !== "add") return window.webauthnJSON.get(options.request_options);
    // The key must be found without an address typed first, and must know its owner.
    const wish = options.creation_options;
    Object.assign(wish.publicKey.authenticatorSelection, { residentKey: "required", requireResidentKey: true, userVerification: "required" });
    return window.webauthnJSON.create(wish);
  };

  for (const form of forms) {
    form.hidden = false;
    const problem = form.querySelector("[data-portal-passkey-problem]");
    let answered = false;
    form.addEventListener("submit", async (event) => {
      if (answered) return;
      event.preventDefault();
      problem.textContent = "";
      try {
        form.elements.credential.value = JSON.stringify(await ask(form));
        answered = true;
        form.requestSubmit();
      } catch (error) {
        problem.textContent = WORDS[error.name] || "La clé d’accès n’a pas pu être lue. Recommencez, ou choisissez un autre moyen.";
      }
    });
  }
})();
