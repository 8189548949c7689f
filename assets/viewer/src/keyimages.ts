// Key images: a line of buttons under the panes, each with a note.
import type { KeyImage, SeriesData } from "./data";
import { button, html } from "./dom";

export function keyList(
  keys: KeyImage[], series: SeriesData[], go: (key: KeyImage) => void, noted: (key: KeyImage, note: string) => void,
  removed: (key: KeyImage) => void,
): HTMLElement[] {
  return keys.flatMap((key) => {
    const of = series.find(({ uid }) => uid === key.series);
    if (!of) return [];
    const name = `${of.name}, slice ${key.slice + 1}`;
    const open = html("button", { type: "button", class: "go" }, name);
    open.onclick = () => go(key);
    const note = html("input", { type: "text", placeholder: "Note", maxlength: 200, "aria-label": `Note to ${name}`, value: key.note });
    note.onchange = () => noted(key, note.value);
    const remove = button("close", `Remove the key image ${name}`, () => removed(key));
    return [html("li", {}, open, note, remove)];
  });
}
