// How far one picture lies from where another says that it belongs.

/** Every so many places are looked at, along both axes. */
const STEP = 3;

/**
 * The [x, y] by which `one` has to be moved so that it goes best with `other`: the shift of the highest
 * correlation. Both give a number for each place of the area { left, top, right, bottom }.
 */
export function bestShift(one, other, area, most) {
  const width = area.right - area.left + 1;
  const height = area.bottom - area.top + 1;
  const valuesOf = (picture) =>
    Float64Array.from({ length: width * height }, (_, at) =>
      picture(area.left + (at % width), area.top + Math.floor(at / width)),
    );
  const [moved, fixed] = [valuesOf(one), valuesOf(other)];
  const places = [];
  for (let y = most; y < height - most; y += STEP) {
    for (let x = most; x < width - most; x += STEP) places.push(y * width + x);
  }
  let best = { correlation: Number.NEGATIVE_INFINITY };
  for (let dy = -most; dy <= most; dy++) {
    for (let dx = -most; dx <= most; dx++) {
      const found = correlation(moved, fixed, places, dy * width + dx);
      if (found > best.correlation) best = { correlation: found, shift: [dx, dy] };
    }
  }
  return best.shift;
}

function correlation(moved, fixed, places, offset) {
  let [a, b, aa, bb, ab] = [0, 0, 0, 0, 0];
  for (const at of places) {
    const p = moved[at - offset];
    const q = fixed[at];
    a += p;
    b += q;
    aa += p * p;
    bb += q * q;
    ab += p * q;
  }
  const n = places.length;
  return (n * ab - a * b) / Math.sqrt((n * aa - a * a) * (n * bb - b * b));
}
