import type { FloatArray } from './float-array.js';

/** Elements of any type whose values FP64 holds exactly. */
export type NumberArray = Int8Array | Uint8Array | Int16Array | Uint16Array | Int32Array | Uint32Array | FloatArray;
