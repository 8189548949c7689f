// Which pane shows which label map, and what its tools may change.
import type { StackViewport } from "@cornerstonejs/core";

import type { Structure } from "./data";
import { STRUCTURES, type LabelMap } from "./label_map";
import type { OutlineState } from "./outline_state";
import type { Pane } from "./pane";
import * as segmentations from "./segmentations";
import type { Sculpted } from "./sculptor";

export class OutlinePanes {
  private readonly shown = new Map<Pane, LabelMap>();

  /** `wanted` gives the label map of a series, null where none is edited. */
  constructor(private readonly state: OutlineState, private readonly wanted: (uid: string) => LabelMap | null) {}

  /** Whether any pane shows a label map. */
  get any(): boolean {
    return this.shown.size > 0;
  }

  mapIn(pane: Pane | null): LabelMap | undefined {
    return pane ? this.shown.get(pane) : undefined;
  }

  /** Gives each pane the label map of its series. */
  sync(panes: readonly Pane[]): void {
    for (const pane of new Set([...panes, ...this.shown.keys()])) {
      const [before, map] = [this.shown.get(pane), panes.includes(pane) ? this.mapFor(pane) : undefined];
      if (before === map) continue;
      if (before) this.hide(pane, before);
      if (map) this.show(pane, map);
      if (map || panes.includes(pane)) pane.redraw();
    }
  }

  private mapFor(pane: Pane): LabelMap | undefined {
    return pane.series && pane.hasImage && !pane.loading ? this.wanted(pane.series.uid) ?? undefined : undefined;
  }

  private show(pane: Pane, map: LabelMap): void {
    segmentations.showIn(pane.id, map);
    this.shown.set(pane, map);
    this.configure();
  }

  private hide(pane: Pane, map: LabelMap): void {
    segmentations.hideIn(pane.id, map);
    this.shown.delete(pane);
  }

  clear(): void {
    for (const [pane, map] of [...this.shown]) this.hide(pane, map);
  }

  /** Tells Cornerstone which structure is edited, and which are locked. */
  configure(): void {
    for (const map of new Set(this.shown.values())) {
      segmentations.activate(map, this.state.structure);
      for (const structure of STRUCTURES) segmentations.lock(map, structure, this.state.isLocked(structure));
    }
  }

  /** What the sculptor is to show in each pane. */
  sculpted(structure: Structure): Sculpted[] {
    return [...this.shown].map(([{ viewport }, map]) => ({ viewport: viewport as StackViewport, map, structure }));
  }

  render(): void {
    for (const { viewport } of this.shown.keys()) viewport.render();
  }
}
