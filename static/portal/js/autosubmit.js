// Send a form as soon as the page is there (the way to the bank). Its button remains for those without JavaScript.
for (const form of document.querySelectorAll("form[data-portal-autosubmit]")) form.requestSubmit();
