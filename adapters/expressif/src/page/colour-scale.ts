/** Anchors of viridis (van der Walt and Smith, 2015): even in lightness, told apart with any kind of colour vision. */
const ANCHORS = [
  [68, 1, 84],
  [71, 44, 122],
  [59, 81, 139],
  [44, 113, 142],
  [33, 144, 141],
  [39, 173, 129],
  [92, 200, 99],
  [170, 220, 50],
  [253, 231, 37],
] as const;

/** As many colours as a picture needs: equal neighbours become one rectangle. */
const SHADES = 48;

/** @param share 0 to 1 */
export function colourOf(share: number): string {
  const shade = Math.round(Math.min(1, Math.max(0, share)) * (SHADES - 1)) / (SHADES - 1);
  const place = shade * (ANCHORS.length - 1);
  const index = Math.min(Math.floor(place), ANCHORS.length - 2);
  const [from, to] = [ANCHORS[index], ANCHORS[index + 1]] as const;
  const channel = (k: 0 | 1 | 2): string => {
    const [a, b] = [from?.[k] ?? 0, to?.[k] ?? 0];
    return Math.round(a + (b - a) * (place - index))
      .toString(16)
      .padStart(2, '0');
  };
  return `#${channel(0)}${channel(1)}${channel(2)}`;
}
