// Numbers for fuzzy sets and for degrees, each by the ways of several engines.

/** The value at which a monotone term has this degree. */
export function inverse({ shape, parameters: [a, b], height }, degree, [low, high]) {
  const w = degree / height;
  const half = (from, to) =>
    w <= 0.5 ? from + (to - from) * Math.sqrt(w / 2) : to - (to - from) * Math.sqrt((1 - w) / 2);
  switch (shape) {
    case 'Ramp':
      return a + (b - a) * w;
    case 'SShape':
      return half(a, b);
    case 'ZShape':
      return half(b, a);
    case 'Concave':
      return (a - b) / w + 2 * b - a;
    default:
      if (w >= 1) return b >= 0 ? high : low;
      return a - Math.log(1 / w - 1) / b;
  }
}

/** Where the area on either side is the same, each sample standing for its step. */
export function halves(samples, low, step) {
  const half = samples.reduce((sum, [, y]) => sum + y, 0) / 2;
  let before = 0;
  let reached;
  for (const [k, [, y]] of samples.entries()) {
    if (reached !== undefined && y > 0) return low + ((reached + k) / 2) * step;
    if (before + y > half) return low + (k + (half - before) / y) * step;
    before += y;
    if (before === half) reached ??= k + 1;
  }
  return low + reached * step;
}

/** Samples are added to the side with the smaller area until all are; the places are weighted crosswise. */
export function pointers(samples, { le }, range) {
  let [left, right] = [0, samples.length - 1];
  let [areaLeft, areaRight] = [0, 0];
  let [xLeft, xRight] = range;
  while (left <= right) {
    if (le(areaLeft, areaRight)) {
      xLeft = samples[left][0];
      areaLeft += samples[left++][1];
    } else {
      xRight = samples[right][0];
      areaRight += samples[right--][1];
    }
  }
  return (areaLeft * xRight + areaRight * xLeft) / (areaLeft + areaRight);
}

export function maximumWithin({ eq, gt, ge, lt }, name, samples, range) {
  let highest = Number.NEGATIVE_INFINITY;
  let [first, last] = range;
  let isOnPlateau = false;
  for (const [x, y] of samples) {
    if (name === 'LargestOfMaximum') {
      if (ge(y, highest)) [highest, last] = [y, x];
    } else if (gt(y, highest)) {
      [highest, first, last] = [y, x, x];
      isOnPlateau = true;
    } else if (eq(y, highest) && isOnPlateau) {
      last = x;
    } else if (lt(y, highest)) {
      isOnPlateau = false;
    }
  }
  if (name === 'SmallestOfMaximum') return first;
  return name === 'LargestOfMaximum' ? last : (first + last) / 2;
}
