// Copy a field's text. Without JavaScript there is no button, and the field is selected by hand.
for (const button of document.querySelectorAll("[data-portal-copy]")) {
  const field = document.getElementById(button.dataset.portalCopy);
  const said = document.getElementById(button.getAttribute("aria-describedby"));
  if (!navigator.clipboard) continue;
  button.hidden = false;
  button.addEventListener("click", async () => {
    field.select();
    try {
      await navigator.clipboard.writeText(field.value);
      said.textContent = "Lien copié.";
    } catch {
      said.textContent = "Copiez le lien sélectionné.";
    }
  });
}
