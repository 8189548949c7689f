// The form of a learner: a grade or "cannot tell", a confidence and a place for every finding that is asked for.

import { make, networkWords } from "./shared.js";

const CONFIDENCES = ["a guess", "rather unsure", "fairly sure", "sure", "certain"];

export class Findings {
  #form; #viewer; #changed; #room; #answers = new Map(); #placing = null;

  constructor(form, viewer, changed) {
    [this.#form, this.#viewer, this.#changed] = [form, viewer, changed];
    form.addEventListener("submit", (event) => event.preventDefault());
  }

  get stage() {
    return { answering: "before", revealed: "after" }[this.#room.phase] ?? "";
  }

  /** A new state of the room; what was begun and is not complete stays while the stage lasts. */
  draw(room, sameCase) {
    const sameStage = sameCase && this.#room?.phase === room.phase;
    this.#room = room;
    if (!sameStage) {
      const given = room.answers.after ?? room.answers.before ?? [];
      this.#answers = new Map(given.map((one) => [one.key, { ...one }]));
      this.#placing = null;
      this.#viewer.aim(null);
    }
    this.#form.replaceChildren(...room.asked.map((one) => this.#field(one)));
  }

  /** Answers that can be stored: a grade with a confidence, or "cannot tell". */
  complete() {
    return [...this.#answers.values()].filter((one) => this.#isComplete(one));
  }

  words(saved) {
    const [done, all] = [this.complete().length, this.#room.asked.length];
    if (done === all) return saved ? "All answers are saved." : "Saving …";
    return `${done} of ${all} answered${saved || !done ? "" : ", saving …"}${saved && done ? ", saved" : ""}`;
  }

  marks() {
    return [...this.#answers.values()].filter((one) => one.click).map((one) => one.click);
  }

  /** Takes a place on a slice for the finding that waits for one. */
  put(click) {
    if (this.#placing === null) return;
    const key = this.#placing;
    this.#wait(null);
    this.#set(key, { click });
    this.#form.querySelector(`[data-place="${key}"]`)?.focus();
  }

  #isComplete(one) {
    return one.grade !== null && (one.grade === this.#room.cannotTell) === (one.confidence === null);
  }

  #set(key, change) {
    const one = { key, grade: null, confidence: null, click: null, ...this.#answers.get(key), ...change };
    if (one.grade === this.#room.cannotTell) one.confidence = null;
    this.#answers.set(key, one);
    this.#refresh(key);
    this.#changed();
  }

  #wait(key) {
    const before = this.#placing;
    this.#placing = key;
    const asked = this.#room.asked.find((one) => one.key === key);
    this.#viewer.aim(asked ? `${asked.level}, ${asked.label}` : null);
    for (const one of [before, key]) if (one) this.#refresh(one);
  }

  #field(asked) {
    const open = this.stage !== "";
    const grades = [...asked.grades, [this.#room.cannotTell, "cannot tell"]];
    const field = make("fieldset", { "data-finding": asked.key },
      make("legend", { title: asked.help }, `${asked.level} · ${asked.label}`),
      this.#choices(asked, "grade", grades, open),
      make("fieldset", { class: "confidence" },
        make("legend", {}, "How sure are you?"),
        this.#choices(asked, "confidence", CONFIDENCES.map((words, index) => [index + 1, `${index + 1}`, words]), open)),
      make("div", { class: "place" },
        make("button", { type: "button", "data-place": asked.key, onclick: () => this.#wait(this.#placing === asked.key ? null : asked.key) }),
        make("span", { class: "quiet" })));
    field.append(...this.#told(asked));
    this.#refresh(asked.key, field);
    return field;
  }

  #choices(asked, name, choices, open) {
    const group = `${name} ${asked.key}`;
    return make("div", { class: "choices" }, ...choices.map(([value, words, title]) =>
      make("label", { title: title ?? null },
        make("input", {
          type: "radio", name: group, value, disabled: !open, "aria-label": title ? `${words}: ${title}` : null,
          onchange: () => this.#set(asked.key, { [name]: value }),
        }),
        make("span", {}, words))));
  }

  #refresh(key, field = [...this.#form.children].find((one) => one.dataset.finding === key)) {
    const one = this.#answers.get(key);
    const open = this.stage !== "";
    for (const input of field.querySelectorAll("input")) {
      const name = input.name.split(" ", 1)[0];
      input.checked = one?.[name] !== null && one?.[name] !== undefined && String(one[name]) === input.value;
    }
    field.querySelector(".confidence").hidden = !one?.grade || one.grade === this.#room.cannotTell;
    const [button, words] = field.querySelector(".place").children;
    button.hidden = !open;
    const waits = this.#placing === key;
    button.setAttribute("aria-pressed", waits);
    const asked = this.#room.asked.find((each) => each.key === key);
    button.textContent = waits ? "Do not mark" : one?.click ? "Mark another place" : "Mark the place";
    button.setAttribute("aria-label", `${button.textContent}: ${asked.level}, ${asked.label}`);
    words.textContent = one?.click ? `marked on slice ${one.click.slice + 1}` : "";
  }

  #told(asked) {
    const { networks, reference } = this.#room;
    const told = [];
    if (networks) told.push(make("p", { class: "told" }, networkWords(networks.find((one) => one.key === asked.key))));
    if (reference) {
      const right = reference.grades[asked.key];
      const words = right ? `Reference: ${right.grade}${right.source ? ` (${right.source})` : ""}.` : "There is no reference for this finding.";
      told.push(make("div", { class: "told reference" }, make("p", {}, words), this.#ofClass(asked)));
    }
    return told;
  }

  #ofClass(asked) {
    const counts = this.#room.class?.[asked.key];
    if (!counts) return "";
    const stages = this.#room.networks ? ["before", "after"] : ["before"];
    const heads = { before: this.#room.networks ? "Class before" : "Class", after: "after the reveal" };
    const rows = counts.before.map(([words], index) => [words, ...stages.map((stage) => counts[stage][index][1])])
      .filter((row) => row.slice(1).some(Boolean));
    if (!rows.length) return "";
    return make("table", {},
      make("thead", {}, make("tr", {}, ...["Answer", ...stages.map((one) => heads[one])].map((one) => make("th", { scope: "col" }, one)))),
      make("tbody", {}, ...rows.map((row) => make("tr", {}, ...row.map((cell) => make("td", {}, String(cell)))))));
  }
}
