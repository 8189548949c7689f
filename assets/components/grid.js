// The level x condition grid: a table of buttons, so that mouse, keyboard and screen reader all reach a cell.
export default function ({ data, parentElement, setTriggerValue }) {
  const element = (tag, className, text) => {
    const made = document.createElement(tag);
    if (className) made.className = className;
    if (text) made.textContent = text;
    return made;
  };

  const table = element("table");
  table.append(element("caption", "", data.caption));
  const head = table.createTHead().insertRow();
  head.append(element("th", "corner", "Level"));
  for (const column of data.columns) {
    const cell = element("th", "", column.label);
    cell.scope = "col";
    cell.title = column.help;
    head.append(cell);
  }
  const body = table.createTBody();
  for (const row of data.rows) {
    const line = body.insertRow();
    const name = element("th", "level", row.level);
    name.scope = "row";
    line.append(name);
    for (const cell of row.cells) {
      const button = element("button", cell.status);
      button.type = "button";
      button.style.setProperty("--weight", cell.weight);
      button.title = cell.words;
      button.setAttribute("aria-label", cell.words);
      button.setAttribute("aria-pressed", cell.selected);
      button.append(element("span", "grade", cell.grade), element("span", "share", cell.share));
      if (cell.others) button.append(element("span", "others", cell.others));
      if (cell.mark) button.append(element("span", "mark", cell.mark));
      button.onclick = () => setTriggerValue("cell", { level: row.level, condition: cell.condition });
      line.insertCell().append(button);
    }
  }
  parentElement.querySelector("#grid").replaceChildren(table);
}
