// A form sent once is not sent twice: its buttons rest until the answer comes. A form that only hands out a file
// says data-portal-resubmit.
(() => {
  const rest = (form) => {
    for (const button of form.querySelectorAll("button[type=submit], input[type=submit]")) {
      button.disabled = true;
      button.setAttribute("aria-busy", "true");
    }
  };
  const wake = () => {
    for (const button of document.querySelectorAll("[aria-busy=true]")) {
      button.disabled = false;
      button.removeAttribute("aria-busy");
    }
  };
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (event.defaultPrevented || form.method !== "post" || "portalResubmit" in form.dataset) return;
    // After the browser has read the form, so that the button's own name and value leave with it.
    setTimeout(rest, 0, form);
  });
  // Back from the cache of the browser: the page is alive again.
  window.addEventListener("pageshow", (event) => { if (event.persisted) wake(); });
})();
