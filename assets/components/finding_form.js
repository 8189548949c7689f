// A form in the shape of the level x condition grid: per finding a grade, a confidence, and a place in the viewer.
//
// Grades are lists and confidences radio buttons, so that Tab, arrow keys and screen readers work as everywhere. Every
// change is reported, to be saved. The time that is left is counted here, without any run of the page.
export default function ({ data, parentElement, setStateValue, setTriggerValue }) {
  const element = (tag, properties = {}, ...children) => {
    const made = Object.assign(document.createElement(tag), properties);
    made.append(...children);
    return made;
  };

  const symbol = (name) => {
    const made = element("span", { className: "symbol" }, name);
    made.setAttribute("aria-hidden", "true");
    return made;
  };

  const form = parentElement.querySelector("#findings");
  const keyOf = (level, column) => `${level} ${column.name}`;
  const nameOf = (level, column) => `${level}, ${column.label}`;

  const values = () => {
    const answers = {};
    for (const cell of form.querySelectorAll("td[data-finding]")) {
      const grade = cell.querySelector("select").value;
      const confidence = cell.querySelector(".confidence input:checked")?.value;
      if (grade) answers[cell.dataset.finding] = { grade, confidence: confidence ? Number(confidence) : null };
    }
    return { form: data.form, answers };
  };

  const report = () => {
    form.dataset.saved = "false";
    setStateValue("draft", values());
  };

  const grades = (level, column) => {
    const list = element("select", { className: "grade" });
    list.setAttribute("aria-label", nameOf(level, column));
    list.append(element("option", { value: "" }, "–"));
    for (const [value, words] of column.grades) list.append(element("option", { value }, words));
    list.value = data.answers[keyOf(level, column)]?.grade ?? "";
    return list;
  };

  const confidence = (level, column) => {
    const group = element("div", { className: "confidence" });
    group.setAttribute("role", "radiogroup");
    group.setAttribute("aria-label", `Confidence: ${nameOf(level, column)}`);
    for (let value = 1; value <= 5; value += 1) {
      const radio = element("input", { type: "radio", name: `${keyOf(level, column)} confidence`, value });
      radio.checked = data.answers[keyOf(level, column)]?.confidence === value;
      group.append(element("label", { title: data.confidenceWords[value - 1] }, radio, element("span", {}, String(value))));
    }
    return group;
  };

  const cell = (level, column) => {
    const made = element("td");
    made.dataset.finding = keyOf(level, column);
    const line = element("div", { className: "line" }, grades(level, column));
    if (data.asksPlace) line.append(element("button", { type: "button", className: "place" }));
    made.append(line);
    if (data.asksConfidence) made.append(confidence(level, column));
    made.append(element("button", { type: "button", className: "network", hidden: true }));
    return made;
  };

  const build = () => {
    const heads = data.columns.map((column) => element("th", { scope: "col", title: column.help }, column.label));
    const rows = data.levels.map((level) => element("tr", {},
      element("th", { scope: "row" }, level), ...data.columns.map((column) => cell(level, column))));
    const table = element("table", {}, element("caption", {}, data.caption),
      element("thead", {}, element("tr", {}, element("th", { className: "corner", scope: "col" }, "Level"), ...heads)),
      element("tbody", {}, ...rows));
    const status = element("span", { className: "status" });
    status.setAttribute("role", "status");
    const clock = element("span", { className: "clock" });
    clock.setAttribute("role", "timer");
    form.replaceChildren(table, element("div", { className: "end" },
      element("button", { type: "button", className: "submit" }), clock, element("span", { className: "saved" }), status));
    form.onchange = (event) => {
      event.target.closest("td")?.classList.remove("open");
      settle();
      report();
    };
  };

  // No confidence belongs to "cannot tell".
  const settle = () => {
    for (const one of form.querySelectorAll("td[data-finding]")) {
      const grade = one.querySelector("select").value;
      const group = one.querySelector(".confidence");
      if (!group) continue;
      const asked = grade !== "" && grade !== data.cannotTell;
      group.classList.toggle("idle", !asked);
      for (const radio of group.querySelectorAll("input")) {
        radio.disabled = !asked;
        if (!asked) radio.checked = false;
      }
    }
  };

  const missing = () => {
    const open = [...form.querySelectorAll("td[data-finding]")].filter((one) => {
      const grade = one.querySelector("select").value;
      if (!grade) return true;
      const group = one.querySelector(".confidence");
      return group && grade !== data.cannotTell && !group.querySelector("input:checked");
    });
    for (const one of open) one.classList.add("open");
    const first = open[0];
    if (first) (first.querySelector("select").value ? first.querySelector(".confidence input") : first.querySelector("select")).focus();
    return open.length;
  };

  const submit = () => {
    const count = missing();
    form.querySelector(".status").textContent =
      count ? `${count} ${count === 1 ? "finding is" : "findings are"} not complete: a grade with its confidence, or “${data.cannotTell}”.` : "";
    if (count) return;
    form.querySelector(".submit").disabled = true;
    setTriggerValue("submit", values());
  };

  const fillPlace = (button, key, words) => {
    const placed = data.places[key];
    button.replaceChildren(symbol("location_searching"), placed ? ` ${placed}` : "");
    const pressed = data.placing === key;
    button.setAttribute("aria-pressed", pressed);
    const what = placed ? `Place: ${placed}. Mark another place` : "Mark the place in the viewer";
    button.title = pressed ? "Do not mark a place" : what;
    button.setAttribute("aria-label", `${button.title}: ${words}`);
    button.onclick = () => setTriggerValue("place", { form: data.form, finding: key });
  };

  const fillNetwork = (button, key) => {
    const said = data.network[key];
    button.hidden = !said;
    if (!said) return;
    button.textContent = said.words;
    button.classList.toggle("uncertain", said.uncertain);
    button.title = said.title;
    // What is seen comes first and word for word: who commands by voice says what is seen.
    button.setAttribute("aria-label", `${said.words}. ${said.title}`);
    button.setAttribute("aria-pressed", data.selected === key);
    button.onclick = () => setTriggerValue("look", { form: data.form, finding: key });
  };

  const tick = () => {
    const clock = form.querySelector(".clock");
    if (!clock || !form.isConnected) return window.clearInterval(form.ticking);
    const left = Math.ceil((form.deadline - performance.now()) / 1000);
    clock.classList.toggle("over", left <= 0);
    clock.textContent = left > 0
      ? `Time left ${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}`
      : "The time is up: your answers are stored as late.";
  };

  const begin = () => {
    window.clearInterval(form.ticking);
    if (data.remaining === null) return;
    form.deadline = performance.now() + data.remaining * 1000;
    form.ticking = window.setInterval(tick, 1000);
    tick();
  };

  // Built once per form: what was just filled in is newer than what Python knows.
  if (form.dataset.form !== data.form) {
    form.dataset.form = data.form;
    build();
    begin();
  }
  settle();
  for (const level of data.levels)
    for (const column of data.columns) {
      const key = keyOf(level, column);
      const one = [...form.querySelectorAll("td[data-finding]")].find((found) => found.dataset.finding === key);
      if (data.asksPlace) fillPlace(one.querySelector(".place"), key, nameOf(level, column));
      fillNetwork(one.querySelector(".network"), key);
    }
  const button = form.querySelector(".submit");
  button.hidden = !data.submitLabel;
  button.textContent = data.submitLabel;
  button.onclick = submit;
  // Where the submission was refused it can be repeated.
  button.disabled = false;
  form.querySelector(".saved").textContent = data.saved;
  form.dataset.saved = "true";
}
