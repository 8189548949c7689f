// Panes that follow each other, by Cornerstone's synchronizers.
import * as tools from "@cornerstonejs/tools";

import { ENGINE_ID } from "./engine";
import type { Pane } from "./pane";

const { createImageSliceSynchronizer, createCameraPositionSynchronizer, createVOISynchronizer } = tools.synchronizers;

type Synchronizer = ReturnType<typeof createCameraPositionSynchronizer>;

/** What the panes share: nothing, the slice's position, or position, camera and window. */
export type Sharing = "none" | "position" | "view";

/** A pane must have one synchronizer of a kind only: two of them trigger each other endlessly. */
export class Links {
  private synchronizers: Synchronizer[] = [];
  private linked = "";

  constructor(private readonly id: string) {}

  /** Links panes of one frame of reference. Panes that are already linked keep their synchronizers. */
  link(panes: Pane[], sharing: Sharing): void {
    const linked = JSON.stringify([sharing, panes.map(({ id, series }) => [id, series?.frame])]);
    if (linked !== this.linked) {
      this.clear();
      for (const [frame, group] of byFrame(panes)) if (group.length > 1) this.connect(group, this.create(frame, sharing));
      this.linked = linked;
    }
    for (const synchronizer of this.synchronizers) synchronizer.setEnabled(true);
  }

  private create(frame: string, sharing: Sharing): Synchronizer[] {
    if (sharing === "none") return [];
    const position = createImageSliceSynchronizer(`${this.id}-slice-${frame}`);
    if (sharing === "position") return [position];
    return [
      position,
      createCameraPositionSynchronizer(`${this.id}-camera-${frame}`),
      createVOISynchronizer(`${this.id}-voi-${frame}`, { syncInvertState: true, syncColormap: false }),
    ];
  }

  private connect(panes: Pane[], synchronizers: Synchronizer[]): void {
    for (const synchronizer of synchronizers)
      for (const { id } of panes) synchronizer.add({ renderingEngineId: ENGINE_ID, viewportId: id });
    this.synchronizers.push(...synchronizers);
  }

  /** Until the next `link` every pane can be moved on its own. */
  pause(): void {
    for (const synchronizer of this.synchronizers) synchronizer.setEnabled(false);
  }

  /** Call while the panes are on the page: Cornerstone finds its listeners by them. */
  clear(): void {
    for (const synchronizer of this.synchronizers) {
      // Cornerstone's `destroy` (5.14) iterates over the list that it shortens, and leaves every second pane linked.
      for (const viewport of [...synchronizer.getSourceViewports()]) synchronizer.remove(viewport);
      tools.SynchronizerManager.destroySynchronizer(synchronizer.id);
    }
    [this.synchronizers, this.linked] = [[], ""];
  }
}

/** Panes with a series, by its frame of reference. */
function byFrame(panes: Pane[]): Map<string, Pane[]> {
  const groups = new Map<string, Pane[]>();
  for (const pane of panes)
    if (pane.series) groups.set(pane.series.frame, [...(groups.get(pane.series.frame) ?? []), pane]);
  return groups;
}
