// What can be undone while outlines are edited: Cornerstone's history, which its brush fills as well.
import { eventTarget, utilities, type Types } from "@cornerstonejs/core";

const { DefaultHistoryMemo } = utilities.HistoryMemo;

/** Edits that can be undone. */
const LENGTH = 50;
const EVENTS = ["CORNERSTONE_TOOLS_HISTORY_UNDO", "CORNERSTONE_TOOLS_HISTORY_REDO"];

interface LabelMemo extends Types.Memo {
  segmentationVoxelManager?: { id?: string };
}

export class OutlineHistory {
  /** `moved` is called with the label image (see `LabelMap.voxels`) that was undone or done again. */
  constructor(private readonly moved: (labelImage: string) => void) {
    for (const name of EVENTS) eventTarget.addEventListener(name, this.onMoved);
  }

  private readonly onMoved = (event: Event): void => {
    const { memo } = (event as CustomEvent<{ memo: LabelMemo }>).detail;
    if (memo.segmentationVoxelManager?.id) this.moved(memo.segmentationVoxelManager.id);
  };

  get canUndo(): boolean {
    return DefaultHistoryMemo.canUndo;
  }

  get canRedo(): boolean {
    return DefaultHistoryMemo.canRedo;
  }

  undo(): void {
    DefaultHistoryMemo.undo();
  }

  redo(): void {
    DefaultHistoryMemo.redo();
  }

  /** Adds what was written, as one step. */
  add(memos: readonly (Types.Memo | null)[]): void {
    const written = memos.filter((memo) => memo !== null);
    if (!written.length) return;
    DefaultHistoryMemo.startGroupRecording();
    for (const memo of written) DefaultHistoryMemo.push(memo);
    DefaultHistoryMemo.endGroupRecording();
  }

  clear(): void {
    DefaultHistoryMemo.size = LENGTH;
  }

  end(): void {
    for (const name of EVENTS) eventTarget.removeEventListener(name, this.onMoved);
  }
}
