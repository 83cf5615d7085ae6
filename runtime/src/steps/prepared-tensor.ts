import type { DataTypeName } from '@deephealth/sdk';
import type { ImageGrid } from '../host/model-input.js';
import type { InputGeometry } from '../volumes/input-geometry.js';
import type { SignalWindows } from './cut-signal.js';

/**
 * A tensor ready for the graph. What steps computed is a Float32Array that nothing else holds; what
 * came as a tensor stays the caller's little-endian bytes, borrowed and untouched, at any alignment.
 */
export type PreparedTensor = ComputedTensor | PassedTensor | TokenTensor;

export interface ComputedTensor {
  readonly dataType: 'FP32';
  readonly shape: readonly number[];
  readonly data: Float32Array;
  /** What the caller is told of an input that only the steps could look into. */
  readonly warnings?: readonly PreparationWarning[];
  /** Where the input lies and where the tensor lies, for findings that go back to the input's grid. */
  readonly geometry?: InputGeometry;
  /** What an image or its sender states of its place; throws what is wrong with it. */
  readonly grid?: () => ImageGrid | undefined;
  /** Windows of a signal that was cut up. */
  readonly windows?: SignalWindows;
}

export interface PassedTensor {
  readonly dataType: DataTypeName;
  readonly shape: readonly number[];
  readonly data: Uint8Array;
}

/** Token ids as little-endian bytes that nothing else holds. */
export interface TokenTensor extends PassedTensor {
  readonly warnings?: readonly PreparationWarning[];
}

/** A `deephealth.runtime.v1.Warning` that steps give. */
export interface PreparationWarning {
  readonly kind: 'WARNING_KIND_OUTSIDE_TRAINING_RANGE' | 'WARNING_KIND_IMPUTED';
  /** Name of the input. */
  readonly field: string;
  /** Never holds a value of the input. */
  readonly message: string;
}
