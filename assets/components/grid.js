// The level x condition grid: a table of buttons, so that mouse, keyboard and screen reader all reach a cell.
//
// The table is one Tab stop; arrow keys, Home and End move within it, as in the ARIA pattern of a grid.
//
// Every run of the page calls this anew. Buttons stay the same elements: one that is replaced under a finger or a
// mouse button that is down never hears the click, and one that has the keyboard's focus loses it.
export default function ({ data, parentElement, setTriggerValue }) {
  const element = (tag, className, text) => {
    const made = document.createElement(tag);
    if (className) made.className = className;
    if (text) made.textContent = text;
    return made;
  };

  const header = (scope, className, text, title) => {
    const made = element("th", className, text);
    made.scope = scope;
    if (title) made.title = title;
    return made;
  };

  // One head over neighbouring columns of one place, such as the left foramen.
  const groups = () => {
    const line = element("tr");
    line.append(element("th", "corner"));
    for (let start = 0; start < data.columns.length; ) {
      let end = start + 1;
      while (end < data.columns.length && data.columns[end].group === data.columns[start].group) end += 1;
      const head = header("colgroup", "group", data.columns[start].group);
      head.colSpan = end - start;
      line.append(head);
      start = end;
    }
    return line;
  };

  const build = () => {
    const table = element("table");
    table.append(element("caption"));
    const heads = table.createTHead();
    if (data.columns.some((column) => column.group)) heads.append(groups());
    const head = heads.insertRow();
    head.append(element("th", "corner", "Level"));
    for (const column of data.columns) head.append(header("col", "", column.label, column.help));
    const body = table.createTBody();
    for (const row of data.rows) {
      const line = body.insertRow();
      line.append(header("row", "level", row.level));
      for (const _ of row.cells) {
        const button = element("button");
        button.type = "button";
        line.insertCell().append(button);
      }
    }
    return table;
  };

  const fill = (button, level, cell) => {
    button.className = cell.status;
    button.style.setProperty("--weight", cell.weight);
    button.title = cell.words;
    button.setAttribute("aria-label", cell.words);
    button.setAttribute("aria-pressed", cell.selected);
    button.tabIndex = cell.selected ? 0 : -1;
    const share = element("span", "share", cell.share);
    // Drawn by the style sheet, since the name says it in words. Beside the figure, the shortest line: in a corner it
    // would lie on the end of a long grade.
    if (cell.mark) share.dataset.mark = cell.mark;
    button.replaceChildren(element("span", "grade", cell.grade), " ", share);
    if (cell.others) button.append(" ", element("span", "others", cell.others));
    button.onclick = () => setTriggerValue("cell", { level, condition: cell.condition });
  };

  const step = (key, row, column, last) =>
    ({
      ArrowUp: [row - 1, column],
      ArrowDown: [row + 1, column],
      ArrowLeft: [row, column - 1],
      ArrowRight: [row, column + 1],
      Home: [row, 0],
      End: [row, last],
    })[key];

  const move = (event) => {
    const button = event.target.closest("button");
    if (!button) return;
    const cell = button.parentElement;
    const line = cell.parentElement;
    const to = step(event.key, line.sectionRowIndex, cell.cellIndex, line.cells.length - 1);
    if (!to) return;
    event.preventDefault();
    // Column 0 is the row's head.
    const next = line.parentElement.rows[to[0]]?.cells[Math.max(1, to[1])]?.querySelector("button");
    if (!next) return;
    button.tabIndex = -1;
    next.tabIndex = 0;
    next.focus();
  };

  // Levels and conditions are the same for every study that one network reads; what the cells say is not.
  const place = parentElement.querySelector("#grid");
  const columns = JSON.stringify(data.columns);
  if (place.dataset.columns !== columns) {
    place.dataset.columns = columns;
    place.replaceChildren(build());
    place.firstElementChild.addEventListener("keydown", move);
  }
  const table = place.firstElementChild;
  table.caption.textContent = data.caption;
  data.rows.forEach((row, i) => {
    const buttons = table.tBodies[0].rows[i].querySelectorAll("button");
    row.cells.forEach((cell, j) => fill(buttons[j], row.level, cell));
  });
  // Where no cell is selected, Tab reaches the first one.
  if (!table.querySelector('[aria-pressed="true"]')) table.querySelector("button").tabIndex = 0;
}
