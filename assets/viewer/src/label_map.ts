// The structures of one series' slices as label images: what Cornerstone's segmentation tools read and write.
import { utilities } from "@cornerstonejs/core";

import type { EditedOutline, SeriesData, SliceMasks, Structure } from "./data";
import { decode, encode } from "./run_length";

export const STRUCTURES = ["disc", "vertebra", "canal"] as const satisfies readonly Structure[];

/** As in spine_core/anatomy/types.py; 0 is the background. */
export const LABELS: Readonly<Record<Structure, number>> = { disc: 1, vertebra: 2, canal: 3 };

type Voxels = ReturnType<typeof utilities.VoxelManager.createImageVoxelManager>;

export class LabelMap {
  /** Cornerstone's name of the segmentation. */
  readonly id: string;
  private readonly original = new Map<number, Uint8Array>();
  private readonly current = new Map<number, Voxels>();
  /** Counts changes, so that a drawing knows when it is out of date. */
  version = 0;
  private compared: { version: number; edits: EditedOutline[] } | null = null;

  /** `masks`: those of the segmented slices; the others are empty. */
  constructor(readonly series: SeriesData, masks: readonly SliceMasks[]) {
    this.id = `outlines-${series.uid}`;
    for (const { slice, runs } of masks) {
      const labels = this.empty();
      for (const structure of STRUCTURES) decode(runs[structure], LABELS[structure], labels);
      this.original.set(slice, labels);
    }
  }

  private empty(): Uint8Array {
    return new Uint8Array(this.series.rows * this.series.columns);
  }

  /** Label of each pixel of a slice, row by row, as it is before the edits. */
  before(slice: number): Uint8Array {
    return this.original.get(slice) ?? this.empty();
  }

  /** Label of each pixel of a slice, row by row. */
  labels(slice: number): Uint8Array {
    return this.voxels(slice).getScalarData() as Uint8Array;
  }

  /** The slice for Cornerstone: (column, row, 0). */
  voxels(slice: number): Voxels {
    let found = this.current.get(slice);
    if (!found) {
      const { columns: width, rows: height } = this.series;
      found = utilities.VoxelManager.createImageVoxelManager({
        width, height, numberOfComponents: 1, scalarData: this.before(slice).slice() as never, id: `${this.id}/${slice}`,
      });
      this.current.set(slice, found);
    }
    return found;
  }

  /** The slice of a label image (the `id` of its voxels); null where it is not of this map. */
  sliceOf(image: string): number | null {
    return image.startsWith(`${this.id}/`) ? Number(image.slice(this.id.length + 1)) : null;
  }

  /** Slices on which `structure`, or any one, differs from what it was. */
  changed(structure?: Structure): number[] {
    const wanted = structure ? [structure] : STRUCTURES;
    return [...this.current.keys()].filter((slice) => wanted.some((one) => this.differs(slice, one))).sort((a, b) => a - b);
  }

  private differs(slice: number, structure: Structure): boolean {
    const [label, before] = [LABELS[structure], this.before(slice)];
    return this.labels(slice).some((value, i) => (value === label) !== (before[i] === label));
  }

  /** What was changed, by slice and structure, for Python. */
  edits(): EditedOutline[] {
    if (this.compared?.version !== this.version) this.compared = { version: this.version, edits: this.compare() };
    return this.compared.edits;
  }

  private compare(): EditedOutline[] {
    return STRUCTURES.flatMap((structure) => this.changed(structure).map((slice) => ({
      series: this.series.uid, slice, structure, runs: encode(this.labels(slice), LABELS[structure]),
    })));
  }
}
