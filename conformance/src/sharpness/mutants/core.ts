import { DeepHealthError, type InputSpec } from '@deephealth/sdk';
import { MAX_MESSAGE_BYTES } from '../../reference/reference-limits.js';
import type { ReferenceRuntime } from '../../reference/reference-runtime.js';
import type { ServedModel } from '../../reference/served-model.js';
import { type Mutant, predicts, type Runtime } from './mutant.js';
import { signals, tableValues } from './mutant-parts.js';

/** Another limit than the one that is kept. */
function messageLimit(bytes: number) {
  return (Reference: Runtime): Runtime =>
    class extends Reference {
      override serverInfo() {
        const info = super.serverInfo();
        return { ...info, limits: { ...info.limits, maxMessageBytes: String(bytes) } };
      }
    };
}

/** Steps of the manifest, changed where inputs become tensors. */
function prepared(change: (spec: InputSpec) => InputSpec) {
  return (Reference: Runtime): Runtime =>
    class extends Reference {
      override prepare(...[served, inputs]: Parameters<ReferenceRuntime['prepare']>) {
        const manifest = { ...served.manifest, inputs: served.manifest.inputs.map(change) };
        return super.prepare({ ...served, manifest }, inputs);
      }
    };
}

export const CORE_MUTANTS: readonly Mutant[] = [
  {
    id: 'M-CORE-01',
    title: 'names no contract version',
    of: (R) =>
      class extends R {
        override serverInfo() {
          return { ...super.serverInfo(), contractVersions: [] };
        }
      },
  },
  {
    id: 'M-CORE-02',
    title: 'lists no digest',
    of: (R) =>
      class extends R {
        override summary(served: ServedModel) {
          return { ...super.summary(served), packageSha256: '' };
        }
      },
  },
  {
    id: 'M-CORE-03',
    title: 'answers with all outputs, whatever was asked for',
    of: (R) =>
      class extends R {
        override wantedOutputs(...[manifest, wanted]: Parameters<ReferenceRuntime['wantedOutputs']>) {
          super.wantedOutputs(manifest, wanted);
          return super.wantedOutputs(manifest, []);
        }
      },
  },
  {
    id: 'M-CORE-04',
    title: 'drops the request id',
    of: predicts((response) => Object.assign(response, { requestId: '' })),
  },
  {
    id: 'M-CORE-05',
    title: 'describes every tensor as FP32',
    of: (R) =>
      class extends R {
        override descriptor(served: ServedModel) {
          const described = super.descriptor(served);
          const tensorOutputs = (described.tensorOutputs ?? []).map((one) => ({
            ...one,
            dataType: 'DATA_TYPE_FP32' as const,
          }));
          return { ...described, tensorOutputs };
        }
      },
  },
  {
    id: 'M-CORE-06',
    title: 'says that it takes larger messages than it does',
    of: messageLimit(2 * MAX_MESSAGE_BYTES),
  },
  {
    id: 'M-CORE-07',
    title: 'takes larger messages than it says',
    of: messageLimit(MAX_MESSAGE_BYTES / 4),
  },
  {
    id: 'M-CORE-09',
    title: 'gives features in the order of the columns',
    of: prepared((spec) => {
      if (spec.kind !== 'table') return spec;
      const [{ op, features }, ...rest] = spec.steps;
      const place = ({ column }: { readonly column: string }) => spec.columns.findIndex(({ name }) => name === column);
      const sorted = [...features].sort((a, b) => place(a) - place(b));
      return { ...spec, steps: [{ op, features: sorted }, ...rest] };
    }),
  },
  {
    id: 'M-CORE-10',
    title: 'leaves values as they are where they should be standardized',
    of: prepared((spec) => (spec.kind === 'table' ? { ...spec, steps: [spec.steps[0]] } : spec)),
  },
  {
    id: 'M-CORE-11',
    title: 'takes columns by their place',
    of: tableValues((values) => {
      const numbers = values.filter(({ value }) => value === 'number');
      const names = ['age', 'weight', 'ratio'];
      const units = ['a', 'kg', '1'];
      return values.map((one) => {
        const place = numbers.indexOf(one);
        return place < 0 ? one : { ...one, name: names[place] ?? one.name, unit: units[place] ?? one.unit };
      });
    }),
  },
  {
    id: 'M-CORE-12',
    title: 'takes channels by their place',
    of: signals((signal) => {
      const names = ['I', 'II'];
      return { ...signal, channels: signal.channels.map((one, place) => ({ ...one, name: names[place] ?? 'V1' })) };
    }),
  },
  {
    id: 'M-CORE-13',
    title: 'gives channels in the order in which they were sent',
    of: prepared((spec) => {
      if (spec.kind !== 'signal') return spec;
      const [{ op, channels }, ...rest] = spec.steps;
      return { ...spec, steps: [{ op, channels: [...channels].sort() }, ...rest] };
    }),
  },
  {
    id: 'M-CORE-14',
    title: 'takes whole samples for numbers without a sign',
    of: signals((signal) => {
      if (signal.samples?.dataType !== 'DATA_TYPE_INT16') return signal;
      const data = Buffer.from(signal.samples.data);
      for (let at = 0; at < data.length; at += 2) data.writeInt16LE(Math.abs(data.readInt16LE(at)), at);
      return { ...signal, samples: { ...signal.samples, data } };
    }),
  },
  {
    id: 'M-CORE-15',
    title: 'answers with the oldest version where none is named',
    of: (R) =>
      class extends R {
        override newest(name: string) {
          return this.models.find(({ model }) => model.name === name);
        }
      },
  },
  {
    id: 'M-CORE-16',
    title: 'cuts request ids after 64 characters',
    of: predicts((response) => Object.assign(response, { requestId: String(response.requestId).slice(0, 64) })),
  },
  {
    id: 'M-CORE-17',
    title: 'refuses what is in a hurry',
    of: (R) =>
      class extends R {
        override admit(request: Parameters<ReferenceRuntime['admit']>[0]) {
          if (request.priority === 'PRIORITY_STAT') {
            throw new DeepHealthError('DH_FEATURE_UNSUPPORTED', 'There are no priorities.');
          }
          return super.admit(request);
        }
      },
  },
];
