import type { VolumeGrid } from '@deephealth/native';
import type { SignalWindows } from '../steps/cut-signal.js';
import type { VolumePlace } from './placed-volume.js';

/** Where an input lies, as it was sent, and where the tensor lies that its steps made of it. */
export interface InputGeometry {
  readonly source: VolumePlace;
  /** LPS, as the source's. */
  readonly tensor: VolumeGrid;
}

/** Where an input lies: an image or volume in space, a signal in time. */
export type InputPlace = InputGeometry | SignalWindows;
