// Files sent one by one, each with its progress and what became of it; dropped anywhere on the frame, or photographed.
// Without JavaScript the same form sends them all at once and the page says the same.
(() => {
  const send = (form, file, bar) => new Promise((resolve) => {
    const field = form.querySelector("[data-portal-files]").name;
    const data = new FormData(form);
    for (const input of form.querySelectorAll("input[type=file]")) data.delete(input.name);
    data.append(field, file, file.name);
    const request = new XMLHttpRequest();
    request.open("POST", form.action);
    request.setRequestHeader("Accept", "application/json");
    request.responseType = "json";
    request.upload.addEventListener("progress", (event) => {
      if (event.lengthComputable) bar.value = event.loaded / event.total;
      if (event.loaded === event.total) bar.removeAttribute("value"); // the server is opening it
    });
    request.addEventListener("loadend", () => resolve(request.response));
    request.send(data);
  });

  const enhance = (form) => {
    const frame = form.querySelector("[data-portal-drop]");
    const main = form.querySelector("[data-portal-files]");
    const inputs = [...form.querySelectorAll("input[type=file]")];
    const list = form.querySelector("[data-portal-outcomes]");
    const after = form.querySelector("[data-portal-after]");
    const button = form.querySelector("button[type=submit]");
    const most = Number(form.dataset.bytes);

    for (const name of ["dragover", "dragleave", "drop"]) {
      frame.addEventListener(name, (event) => {
        event.preventDefault();
        frame.classList.toggle("drop--over", name === "dragover");
        if (name === "drop" && event.dataTransfer.files.length) {
          const all = new DataTransfer();
          for (const file of [...main.files, ...event.dataTransfer.files]) all.items.add(file);
          main.files = all.files;
        }
      });
    }

    const line = (file) => {
      const item = document.createElement("li");
      const name = document.createElement("span");
      const bar = document.createElement("progress");
      name.textContent = file.name;
      bar.max = 1;
      bar.value = 0;
      bar.setAttribute("aria-label", `Envoi de ${file.name}`);
      item.append(name, bar);
      list.append(item);
      return { item, bar };
    };
    const say = ({ item }, kept, words) => {
      const text = document.createElement("span");
      text.textContent = words;
      item.className = kept ? "is-kept" : "is-refused";
      item.replaceChildren(text);
    };

    form.addEventListener("submit", async (event) => {
      const files = inputs.flatMap((input) => [...input.files]);
      // The browser's own send says what is missing.
      if (!files.length || !form.elements.paper.value) return;
      event.preventDefault();
      button.disabled = true;
      button.setAttribute("aria-busy", "true");
      list.replaceChildren();
      const failed = new DataTransfer();
      for (const [file, shown] of files.map((file) => [file, line(file)])) {
        if (file.size > most) {
          say(shown, false, form.dataset.heavy.replace("{name}", file.name));
          continue;
        }
        const answer = await send(form, file, shown.bar);
        const said = answer && answer.files && answer.files[0];
        if (said) say(shown, said.kept, said.words);
        else {
          say(shown, false, answer && answer.errors && answer.errors.length ? `${file.name} : ${answer.errors.join(" ")}` : form.dataset.lost.replace("{name}", file.name));
          failed.items.add(file); // kept in the field, to be sent again
        }
      }
      for (const input of inputs) input.value = "";
      main.files = failed.files;
      button.disabled = false;
      button.removeAttribute("aria-busy");
      after.hidden = false;
    });
  };

  document.querySelectorAll("form[data-portal-upload]").forEach(enhance);
})();
