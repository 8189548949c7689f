// Which panes are shown, and how the grid arranges them.
import type { Layout } from "./data";

/** Linked panes in a row at most; a narrow window has fewer. */
const MAX_ACROSS = 4;

export interface Arrangement {
  /** Panes in all, and the index of the active one. */
  panes: number;
  active: number;
  layout: Layout;
  linked: boolean;
  enlarged: boolean;
}

export function isVisible(index: number, { panes, active, layout, linked, enlarged }: Arrangement): boolean {
  if (enlarged) return index === active;
  return index < (linked ? panes : layout);
}

/** The grid's `data-layout` (see style.css), and how many panes stand side by side in a row of linked panes. */
export function gridOf(arrangement: Arrangement): { layout: string; across: number } {
  const { panes, layout, linked, enlarged } = arrangement;
  const visible = enlarged ? 1 : linked ? panes : Math.min(layout, panes);
  const across = Math.min(visible, MAX_ACROSS);
  if (enlarged) return { layout: "1", across };
  return { layout: linked ? "row" : String(visible), across };
}

/** The map that pane `index` is compared with: the next pane's that has one, from the first again after the last. */
export function nextMap<M>(maps: readonly (M | null)[], index: number): M | null {
  return [...maps.slice(index + 1), ...maps.slice(0, index)].find((map) => map !== null) ?? null;
}
