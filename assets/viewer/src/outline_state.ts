// The edits of outlines that are not in the reading yet. They outlive the viewer: a reader who turns the page and comes
// back finds them.
import type { EditedOutline, SeriesData, Structure } from "./data";
import { LabelMap, STRUCTURES } from "./label_map";

export class OutlineState {
  on = false;
  structure: Structure = "disc";
  /** Brush radius in mm, or in pixels where the spacing is unknown. */
  radius = 2;
  /** Structures that keep their pixels while another one is edited. */
  readonly locked = new Set<Structure>(STRUCTURES);
  readonly maps = new Map<string, LabelMap>();
  /** The name under which the edits were sent to Python; empty where none are on their way. */
  sent = "";
  private study = "";
  private masks = "";

  /** Whether the label maps are still those of this study. */
  holds(study: string): boolean {
    return this.study === study;
  }

  /** Takes the masks of the reading, without any edit. */
  take(study: string, series: readonly SeriesData[]): void {
    this.maps.clear();
    for (const one of series) if (one.masks) this.maps.set(one.uid, new LabelMap(one, one.masks));
    [this.study, this.masks, this.sent] = [study, masksOf(series), ""];
  }

  /** Whether the reading has other masks by now. */
  outdated(series: readonly SeriesData[]): boolean {
    return this.masks !== masksOf(series);
  }

  /** Whether a structure keeps its pixels: the one that is edited never does. */
  isLocked(structure: Structure): boolean {
    return structure !== this.structure && this.locked.has(structure);
  }

  edits(): EditedOutline[] {
    return [...this.maps.values()].flatMap((map) => map.edits());
  }
}

function masksOf(series: readonly SeriesData[]): string {
  return JSON.stringify(series.map(({ uid, masks }) => [uid, masks]));
}
