import { DeepHealthError } from '@deephealth/sdk';
import { type Mutant, withFailure } from './mutant.js';

export const DECLARATION_MUTANTS: readonly Mutant[] = [
  {
    id: 'M-DECL-01',
    title: 'verifies models and does not name it',
    of: (R) =>
      class extends R {
        override serverInfo() {
          return {
            ...super.serverInfo(),
            features: (super.serverInfo().features ?? []).filter((feature) => feature !== 'verify-model'),
          };
        }
      },
  },
  {
    id: 'M-DECL-02',
    title: 'names the verifying of models and refuses it',
    of: (R) =>
      class extends R {
        override async verify(): Promise<never> {
          throw new DeepHealthError('DH_FEATURE_UNSUPPORTED', 'Nothing is verified here.');
        }
      },
  },
  {
    id: 'M-DECL-03',
    title: 'names a feature that nobody has declared',
    of: (R) =>
      class extends R {
        override serverInfo() {
          const info = super.serverInfo();
          return { ...info, features: [...(info.features ?? []), 'telepathy'] };
        }
      },
  },
  {
    id: 'M-DECL-04',
    title: 'names a feature that its vendor denies',
    of: (R) =>
      class extends R {
        override serverInfo() {
          const info = super.serverInfo();
          return { ...info, features: [...(info.features ?? []), 'batching'] };
        }
      },
  },
  {
    id: 'M-DECL-05',
    title: 'calls its answers something else than gRPC',
    of: (R) => R,
    serves: { contentType: 'text/html' },
  },
  {
    id: 'M-DECL-06',
    title: 'answers with statuses that gRPC does not have',
    of: (R) => withFailure(R, (failure) => ({ ...failure, code: 20 as never })),
  },
];
