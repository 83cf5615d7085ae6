import type { Manifest } from '@deephealth/sdk';
import type { PlannedBinding } from './bindings/planned-binding.js';
import type { ModelFile } from './model-file.js';
import type { SampleSource } from './sample-source.js';
import type { Settled } from './settle.js';

/** What a package is written from. */
export interface Addition {
  readonly model: ModelFile;
  readonly manifest: Manifest;
  readonly source: SampleSource;
  readonly settled: Settled;
  readonly bindings: readonly PlannedBinding[];
}
