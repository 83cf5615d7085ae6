/**
 * Floating-point elements of a kernel. Arithmetic is in FP64 whichever it is; the store into an FP32
 * output is the one rounding (nearest, ties to even).
 */
export type FloatArray = Float32Array | Float64Array;
