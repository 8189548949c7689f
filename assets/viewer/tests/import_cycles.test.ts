import { describe, expect, it } from "vitest";

import { findCycle, importsOf } from "./import_cycles";

const files = import.meta.glob<string>("../src/*.ts", { query: "?raw", eager: true, import: "default" });
const sources = Object.fromEntries(Object.entries(files).map(([path, text]) => [path.replace(/^.*\/(.*)\.ts$/, "$1"), text]));

describe("imports of the viewer's source", () => {
  it("lead from main to every file", () => {
    const imports = importsOf(sources);
    const reached = new Set(["main"]);
    for (const name of reached) for (const imported of imports.get(name) ?? []) reached.add(imported.replace(/\.css$/, ""));
    expect(Object.keys(sources).filter((name) => !reached.has(name))).toEqual([]);
  });

  it("form no cycle, types included", () => {
    expect(findCycle(importsOf(sources))).toBeNull();
  });
});

describe("the search for cycles", () => {
  it("finds a cycle of type imports and of side effects", () => {
    const imports = importsOf({
      a: 'import type { B } from "./b";', b: 'import "./c";\nimport { x } from "@cornerstonejs/core";', c: 'export { A } from "./a";', d: "",
    });
    expect(findCycle(imports)).toEqual(["a", "b", "c", "a"]);
  });

  it("takes two ways to one file for no cycle", () => {
    expect(findCycle(importsOf({ a: 'import "./b";\nimport "./c";', b: 'import "./d";', c: 'import "./d";', d: "" }))).toBeNull();
  });
});
