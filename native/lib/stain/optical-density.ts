/** Transmitted light of the background, in levels: what an optical density is relative to. */
export const BACKGROUND = 240;

/** A pixel is stained where no channel is above this byte: the optical density is 0.15 or more in each. */
export const STAINED_MAXIMUM = 205;

/** A pixel with no channel below this byte absorbs nothing: its optical densities are 0 or negative. */
export const UNSTAINED_MINIMUM = 239;

/** Levels that normalising may darken a channel of an unstained pixel. */
export const UNSTAINED_DARKENING = 10;

/** Optical density per byte: `-ln((v + 1) / 240)`; the 1 keeps black finite. */
export const OPTICAL_DENSITY = Float64Array.from({ length: 256 }, (_, v) => -Math.log((v + 1) / BACKGROUND));
