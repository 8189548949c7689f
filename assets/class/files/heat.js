// A heat map of taps: a soft spot per tap, added up, in the colours of the app's unsigned maps (viridis).

const VIRIDIS = [[68, 1, 84], [59, 82, 139], [33, 145, 140], [94, 201, 98], [253, 231, 37]];
const SIDE = 256;
const SPREAD = 0.035;

/** A canvas to lie over the slice. Full colour is where most taps meet; one tap alone is seen as well. */
export function heat(series, taps) {
  const canvas = document.createElement("canvas");
  const height = Math.max(1, Math.round(SIDE / (series.columns / (series.rows * series.aspect))));
  [canvas.width, canvas.height] = [SIDE, height];
  const sum = new Float32Array(SIDE * height);
  const sigma = SPREAD * Math.max(SIDE, height);
  for (const [row, column] of taps) add(sum, height, ((row + 0.5) / series.rows) * height, ((column + 0.5) / series.columns) * SIDE, sigma);
  const peak = sum.reduce((most, one) => Math.max(most, one), 0);
  const context = canvas.getContext("2d");
  const pixels = context.createImageData(SIDE, height);
  for (let index = 0; index < sum.length && peak > 0; index += 1) {
    const part = sum[index] / peak;
    const [red, green, blue] = colour(part);
    pixels.data.set([red, green, blue, part < 0.08 ? 0 : 90 + 130 * part], 4 * index);
  }
  context.putImageData(pixels, 0, 0);
  return canvas;
}

function add(sum, height, row, column, sigma) {
  const reach = Math.ceil(3 * sigma);
  for (let y = Math.max(0, Math.floor(row - reach)); y < Math.min(height, row + reach); y += 1) {
    for (let x = Math.max(0, Math.floor(column - reach)); x < Math.min(SIDE, column + reach); x += 1) {
      sum[y * SIDE + x] += Math.exp(-((y - row) ** 2 + (x - column) ** 2) / (2 * sigma ** 2));
    }
  }
}

function colour(part) {
  const place = part * (VIRIDIS.length - 1);
  const low = Math.min(Math.floor(place), VIRIDIS.length - 2);
  return VIRIDIS[low].map((one, index) => Math.round(one + (VIRIDIS[low + 1][index] - one) * (place - low)));
}
