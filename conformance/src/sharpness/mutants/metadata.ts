import type { ReferenceRuntime } from '../../reference/reference-runtime.js';
import type { ServedModel } from '../../reference/served-model.js';
import type { Mutant } from './mutant.js';
import { described } from './mutant-parts.js';

export const METADATA_MUTANTS: readonly Mutant[] = [
  {
    id: 'M-META-01',
    title: 'leaves out what a model is not for',
    of: described((descriptor) => ({ ...descriptor, limitations: [] })),
  },
  {
    id: 'M-META-02',
    title: 'describes every input as a tensor',
    of: described((descriptor) => ({
      ...descriptor,
      inputs: (descriptor.inputs ?? []).map((input) => ({ ...input, kind: 'INPUT_KIND_TENSOR' as const })),
    })),
  },
  {
    id: 'M-META-03',
    title: 'describes columns without their units',
    of: described((descriptor) => ({
      ...descriptor,
      inputs: (descriptor.inputs ?? []).map((input) => ({
        ...input,
        columns: (input.columns ?? []).map((column) => ({ ...column, unit: '' })),
      })),
    })),
  },
  {
    id: 'M-META-04',
    title: 'says of every column that it may be missing',
    of: described((descriptor) => ({
      ...descriptor,
      inputs: (descriptor.inputs ?? []).map((input) => ({
        ...input,
        columns: (input.columns ?? []).map((column) => ({ ...column, mayBeMissing: true })),
      })),
    })),
  },
  {
    id: 'M-META-05',
    title: 'describes signals without their rate',
    of: described((descriptor) => ({
      ...descriptor,
      inputs: (descriptor.inputs ?? []).map(({ samplingRateHz: _, ...input }) => input),
    })),
  },
  {
    id: 'M-META-06',
    title: 'names media types that it does not take',
    of: described((descriptor) => ({
      ...descriptor,
      inputs: (descriptor.inputs ?? []).map((input) => ({
        ...input,
        mediaTypes: [...(input.mediaTypes ?? []), 'image/jpeg'],
      })),
    })),
  },
  {
    id: 'M-META-07',
    title: 'describes every class with the threshold of the first',
    of: described((descriptor) => ({
      ...descriptor,
      outputs: (descriptor.outputs ?? []).map((output) => ({
        ...output,
        classes: (output.classes ?? []).map((one) => ({ ...one, threshold: output.classes?.[0]?.threshold ?? 0.5 })),
      })),
    })),
  },
  {
    id: 'M-META-08',
    title: 'describes outputs in the order of their names, backwards',
    of: described((descriptor) => ({ ...descriptor, outputs: [...(descriptor.outputs ?? [])].reverse() })),
  },
  {
    id: 'M-META-09',
    title: 'gives the manifest of the newest version, whichever was asked for',
    of: (R) =>
      class extends R {
        override descriptor(served: ServedModel) {
          const newest = this.newest(served.model.name) ?? served;
          return { ...super.descriptor(served), manifestJson: JSON.stringify(newest.manifest) };
        }
      },
  },
  {
    id: 'M-META-10',
    title: 'marks every version as the default',
    of: (R) =>
      class extends R {
        override summary(served: ServedModel) {
          return { ...super.summary(served), isDefault: true };
        }
      },
  },
  {
    id: 'M-META-11',
    title: 'lists only what it serves',
    of: (R) =>
      class extends R {
        override list(name: string) {
          return super.list(name).filter(({ state }) => state === 'MODEL_STATE_READY');
        }
      },
  },
  {
    id: 'M-META-12',
    title: 'does not say why a version was refused',
    of: (R) =>
      class extends R {
        override stateReason(_served: ServedModel) {
          return null;
        }
      },
  },
  {
    id: 'M-META-13',
    title: 'never says that the snapshot is complete',
    of: (R) =>
      class extends R {
        override snapshot(name: string) {
          return super.snapshot(name).map((message) => ({ ...message, isSnapshotComplete: false }));
        }
      },
  },
  {
    id: 'M-META-14',
    title: 'says that the snapshot is complete with its first message',
    of: (R) =>
      class extends R {
        override snapshot(name: string) {
          return super.snapshot(name).map((message) => ({ ...message, isSnapshotComplete: true }));
        }
      },
  },
  {
    id: 'M-META-15',
    title: 'lists every name that begins as asked',
    of: (R) =>
      class extends R {
        override list(...[name]: Parameters<ReferenceRuntime['list']>) {
          return this.models.filter(({ model }) => model.name.startsWith(name));
        }
      },
  },
];
