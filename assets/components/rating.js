// The sheet of a rating study: every question for every map or other reason on a scale, answered with the digits of the keyboard.
//
// Each scale is a group of radio buttons, so that Tab, arrow keys and screen readers work as everywhere. A digit
// answers and goes on to the next scale; Control with Enter submits. Every change is reported, to be saved.
const TEXT_DELAY_MS = 500;

export default function ({ data, parentElement, setStateValue, setTriggerValue }) {
  const element = (tag, properties = {}, ...children) => {
    const made = Object.assign(document.createElement(tag), properties);
    made.append(...children);
    return made;
  };

  const place = parentElement.querySelector("#sheet");

  const values = () => {
    const scores = Object.fromEntries(data.letters.map((letter) => [letter, {}]));
    for (const radio of place.querySelectorAll(".scale input:checked"))
      scores[radio.dataset.letter][radio.dataset.question] = Number(radio.value);
    return {
      sheet: data.sheet,
      scores,
      grade: place.querySelector(".grades input:checked")?.value ?? null,
      text: place.querySelector("textarea").value,
    };
  };

  const report = () => {
    place.dataset.saved = "false";
    setStateValue("draft", values());
  };

  const scale = (question, letter) => {
    const group = element("div", { className: "scale" });
    group.setAttribute("role", "radiogroup");
    group.setAttribute("aria-label", `${data.names[letter]}: ${question.text}`);
    for (let value = question.low; value <= question.high; value += 1) {
      const radio = element("input", { type: "radio", name: `${letter} ${question.name}`, value });
      Object.assign(radio.dataset, { letter, question: question.name });
      radio.checked = data.scores[letter]?.[question.name] === value;
      group.append(element("label", {}, radio, element("span", {}, String(value))));
    }
    return group;
  };

  const row = (question) => {
    const head = element("th", { scope: "row" }, element("span", { className: "question" }, question.text));
    head.append(element("span", { className: "ends" },
      `${question.low} ${question.lowLabel} – ${question.high} ${question.highLabel}`));
    return element("tr", {}, head, ...data.letters.map((letter) => element("td", {},
      ...(question.letters.includes(letter) ? [scale(question, letter)] : []))));
  };

  const table = () => {
    const letters = data.letters.map((letter) => element("th", { scope: "col" }, data.names[letter]));
    const head = element("thead", {}, element("tr", {}, element("td", {}), ...letters));
    return element("table", {}, element("caption", {}, "Your rating of everything that is shown"), head,
      element("tbody", {}, ...data.questions.map(row)));
  };

  const grades = () => {
    const group = element("fieldset", { className: "grades" }, element("legend", {}, data.gradeLabel));
    for (const [value, words] of data.grades) {
      const radio = element("input", { type: "radio", name: "grade", value, checked: data.grade === value });
      group.append(element("label", {}, radio, element("span", {}, words)));
    }
    return group;
  };

  const missing = () => {
    const open = [...place.querySelectorAll(".scale, .grades")].filter((one) => !one.querySelector("input:checked"));
    for (const one of open) one.classList.add("open");
    open[0]?.querySelector("input").focus();
    return open.length;
  };

  const submit = () => {
    const count = missing();
    place.querySelector(".status").textContent =
      count ? `${count} ${count === 1 ? "answer is" : "answers are"} missing.` : "";
    if (count) return;
    // Remarks that wait to be saved go along.
    window.clearTimeout(place.waiting);
    place.querySelector(".submit").disabled = true;
    setTriggerValue("submit", values());
  };

  const answerBy = (event) => {
    if (event.key === "Enter" && event.ctrlKey) {
      event.preventDefault();
      submit();
      return;
    }
    const group = event.target.closest(".scale");
    const radio = group?.querySelector(`input[value="${event.key}"]`);
    if (!radio || event.ctrlKey || event.altKey || event.metaKey) return;
    event.preventDefault();
    radio.click();
    const groups = [...place.querySelectorAll(".scale")];
    const next = groups[groups.indexOf(group) + 1];
    (next?.querySelector("input:checked") ?? next?.querySelector("input") ?? place.querySelector("textarea")).focus();
  };

  const build = () => {
    const text = element("textarea", { rows: 1, value: data.text, maxLength: 4000 });
    text.oninput = () => {
      window.clearTimeout(place.waiting);
      place.waiting = window.setTimeout(report, TEXT_DELAY_MS);
    };
    const button = element("button", { type: "button", className: "submit" }, data.submitLabel);
    const parts = [];
    if (data.grades.length) parts.push(grades());
    if (data.questions.length && data.letters.length) parts.push(table());
    const status = element("span", { className: "status" });
    status.setAttribute("role", "status");
    parts.push(element("div", { className: "end" },
      element("label", { className: "text" }, element("span", {}, "Remarks (optional)"), text), button,
      element("span", { className: "saved" }), status));
    place.replaceChildren(...parts);
    place.onchange = (event) => {
      if (event.target.type !== "radio") return;
      event.target.closest(".scale, .grades").classList.remove("open");
      report();
    };
    place.onkeydown = answerBy;
  };

  // Built once per sheet: what the reader has just filled in is newer than what Python knows.
  if (place.dataset.sheet !== data.sheet) {
    place.dataset.sheet = data.sheet;
    build();
  }
  place.querySelector(".submit").onclick = submit;
  // Where the submission was refused it can be repeated.
  place.querySelector(".submit").disabled = false;
  place.querySelector(".saved").textContent = data.saved;
  place.dataset.saved = "true";
}
