// Show or hide the password being chosen. Without JavaScript the same button asks the server for the page with the
// password in clear.
for (const button of document.querySelectorAll("[data-portal-show-password]")) {
  const field = document.getElementById(button.dataset.portalShowPassword);
  const label = button.querySelector("[data-portal-show-password-label]");
  const say = () => { label.textContent = field.type === "password" ? "Afficher le mot de passe" : "Masquer le mot de passe"; };
  button.type = "button";
  button.addEventListener("click", () => {
    field.type = field.type === "password" ? "text" : "password";
    say();
  });
  say();
}
