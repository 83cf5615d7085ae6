import type { NumberArray } from '../number-array.js';

/** The functions of this group in the addon. They check their arguments again, for safety alone. */
export interface VolumeAddon {
  resampleVolume(
    input: NumberArray,
    x: number,
    y: number,
    z: number,
    transform: Float64Array,
    toX: number,
    toY: number,
    toZ: number,
    isNearest: boolean,
    outside: number,
    output: NumberArray,
  ): void;
}
