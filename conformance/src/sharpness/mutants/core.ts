import type { ReferenceRuntime, ServedModel } from '../../reference/reference-runtime.js';
import { type Mutant, predicts } from './mutant.js';

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
];
