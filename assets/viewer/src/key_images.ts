// Key images: a row of buttons under the panes, each with a note.
import type { KeyImage, SeriesData } from "./data";
import { button, html } from "./dom";

export interface KeyImageActions {
  open: (key: KeyImage) => void;
  change: (keys: KeyImage[]) => void;
}

export function sameImage(one: KeyImage, other: KeyImage): boolean {
  return one.series === other.series && one.slice === other.slice;
}

export function withNote(keys: readonly KeyImage[], key: KeyImage, note: string): KeyImage[] {
  return keys.map((one) => (sameImage(one, key) ? { ...one, note } : one));
}

export function without(keys: readonly KeyImage[], key: KeyImage): KeyImage[] {
  return keys.filter((one) => !sameImage(one, key));
}

export class KeyImageRow {
  readonly root = html("ul", { class: "keys", "aria-label": "Key images" });
  private keys: readonly KeyImage[] = [];
  private shown = "";

  constructor(private readonly actions: KeyImageActions) {}

  /** Rebuilt only where an image comes, goes or changes its name: a note that is being typed must not be lost. */
  refresh(keys: readonly KeyImage[], series: readonly SeriesData[]): void {
    this.keys = keys;
    const shown = JSON.stringify([keys.map((key) => [key.series, key.slice]), series.map(({ uid, name }) => [uid, name])]);
    if (shown === this.shown) return;
    this.shown = shown;
    this.root.replaceChildren(...keys.flatMap((key) => this.item(key, series.find(({ uid }) => uid === key.series))));
  }

  private item(key: KeyImage, series: SeriesData | undefined): HTMLElement[] {
    if (!series) return [];
    const name = `${series.name}, slice ${key.slice + 1}`;
    const open = html("button", { type: "button", class: "go" }, name);
    open.onclick = () => this.actions.open(key);
    const note = html("input", { type: "text", placeholder: "Note", maxlength: 200, "aria-label": `Note to ${name}`, value: key.note });
    note.onchange = () => this.actions.change(withNote(this.keys, key, note.value));
    const remove = button("close", `Remove the key image ${name}`, () => this.actions.change(without(this.keys, key)));
    return [html("li", {}, open, note, remove)];
  }
}

/** The key images of the tab with their row. */
export class KeyImages {
  private readonly row: KeyImageRow;
  private series: readonly SeriesData[] = [];

  constructor(private readonly stored: { keyImages: KeyImage[] }, open: (key: KeyImage) => void, private readonly changed: () => void) {
    this.row = new KeyImageRow({ open, change: (keys) => this.set(keys) });
  }

  get root(): HTMLElement {
    return this.row.root;
  }

  /** Marks a slice; false where it is marked already. */
  mark({ uid }: SeriesData, slice: number): boolean {
    const key = { series: uid, slice, note: "" };
    if (this.stored.keyImages.some((one) => sameImage(one, key))) return false;
    this.set([...this.stored.keyImages, key]);
    return true;
  }

  private set(keys: KeyImage[]): void {
    this.stored.keyImages = keys;
    this.changed();
    this.refresh(this.series);
  }

  /** Shows the key images of these series. */
  refresh(series: readonly SeriesData[]): void {
    this.series = series;
    this.row.refresh(this.stored.keyImages, series);
  }
}
