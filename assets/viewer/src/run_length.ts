// Masks as run lengths, the form in which they go to Python and back (spine_core/anatomy/run_length.py).

/** Lengths of the runs of a mask, row by row, outside and inside in turn; the first is outside and may be 0. */
export type Runs = number[];

/** The runs of the pixels with `label`. */
export function encode(labels: ArrayLike<number>, label: number): Runs {
  const runs: Runs = [];
  let [inside, length] = [false, 0];
  for (let i = 0; i < labels.length; i++) {
    if ((labels[i] === label) !== inside) {
      runs.push(length);
      [inside, length] = [!inside, 0];
    }
    length++;
  }
  return [...runs, length];
}

/** Writes `label` where the mask is inside. Raises a `RangeError` where the runs are not as long as `labels`. */
export function decode(runs: Runs, label: number, labels: Uint8Array): void {
  let at = 0;
  runs.forEach((length, i) => {
    if (i % 2) labels.fill(label, at, at + length);
    at += length;
  });
  if (at !== labels.length) throw new RangeError(`runs of ${at} pixels for a slice of ${labels.length}`);
}
