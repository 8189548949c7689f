// Finds import cycles among files of one folder.

const IMPORT = /(?:from|import)\s*\(?\s*"\.\/([^"?]+)"/g;

/** The files that each file imports, types included. `sources`: text by file name without its ending. */
export function importsOf(sources: Record<string, string>): Map<string, string[]> {
  return new Map(Object.entries(sources).map(([name, text]) => [name, [...text.matchAll(IMPORT)].map(([, imported]) => imported)]));
}

/** One cycle as the files along it, the first one again at the end; null where there is none. */
export function findCycle(imports: Map<string, string[]>): string[] | null {
  const done = new Set<string>();
  const visit = (name: string, path: string[]): string[] | null => {
    if (path.includes(name)) return [...path.slice(path.indexOf(name)), name];
    if (done.has(name)) return null;
    for (const imported of imports.get(name) ?? []) {
      const cycle = visit(imported, [...path, name]);
      if (cycle) return cycle;
    }
    done.add(name);
    return null;
  };
  for (const name of imports.keys()) {
    const cycle = visit(name, []);
    if (cycle) return cycle;
  }
  return null;
}
