import { describe, expect, it } from "vitest";

import { gridOf, isVisible, nextMap, type Arrangement } from "../src/layout";

const arrangement: Arrangement = { panes: 4, active: 2, layout: 3, linked: false, enlarged: false };

function visible(changes: Partial<Arrangement>): number[] {
  const all = { ...arrangement, ...changes };
  return Array.from({ length: all.panes }, (_, i) => i).filter((i) => isVisible(i, all));
}

describe("layout", () => {
  it("shows as many panes as chosen, all of them where they are linked, one where it is enlarged", () => {
    expect(visible({})).toEqual([0, 1, 2]);
    expect(visible({ layout: 4, panes: 2 })).toEqual([0, 1]);
    expect(visible({ linked: true, panes: 6, layout: 1 })).toEqual([0, 1, 2, 3, 4, 5]);
    expect(visible({ enlarged: true })).toEqual([2]);
    expect(visible({ enlarged: true, linked: true })).toEqual([2]);
  });

  it("arranges no more panes than there are", () => {
    expect(gridOf(arrangement).layout).toBe("3");
    expect(gridOf({ ...arrangement, panes: 2 }).layout).toBe("2");
    expect(gridOf({ ...arrangement, enlarged: true }).layout).toBe("1");
  });

  it("puts at most four linked panes side by side", () => {
    const linked = { ...arrangement, linked: true };
    expect(gridOf({ ...linked, panes: 3 })).toEqual({ layout: "row", across: 3 });
    expect(gridOf({ ...linked, panes: 18 })).toEqual({ layout: "row", across: 4 });
    expect(gridOf({ ...linked, panes: 18, enlarged: true })).toEqual({ layout: "1", across: 1 });
  });

  it("compares a map with the next one, and the last with the first", () => {
    const maps = [null, "a", null, "b"];
    expect([0, 1, 2, 3].map((i) => nextMap(maps, i))).toEqual(["a", "b", "b", "a"]);
    expect(nextMap(["only", null], 0)).toBeNull();
  });
});
