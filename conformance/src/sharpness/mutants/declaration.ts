import { DeepHealthError } from '@deephealth/sdk';
import { type Mutant, withFailure } from './mutant.js';

export const DECLARATION_MUTANTS: readonly Mutant[] = [
  {
    id: 'M-META-01',
    title: 'verifies models and does not name it',
    of: (R) =>
      class extends R {
        override serverInfo() {
          return { ...super.serverInfo(), features: ['predict-stream', 'watch-models'] };
        }
      },
  },
  {
    id: 'M-META-02',
    title: 'names the verifying of models and refuses it',
    of: (R) =>
      class extends R {
        override async verify(): Promise<never> {
          throw new DeepHealthError('DH_FEATURE_UNSUPPORTED', 'Nothing is verified here.');
        }
      },
  },
  {
    id: 'M-META-03',
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
    id: 'M-META-04',
    title: 'names a feature that its vendor denies',
    of: (R) =>
      class extends R {
        override serverInfo() {
          const info = super.serverInfo();
          return { ...info, features: [...(info.features ?? []), 'sequences'] };
        }
      },
  },
  {
    id: 'M-META-05',
    title: 'calls its answers something else than gRPC',
    of: (R) => R,
    serves: { contentType: 'text/html' },
  },
  {
    id: 'M-META-06',
    title: 'answers with statuses that gRPC does not have',
    of: (R) => withFailure(R, (failure) => ({ ...failure, code: 20 as never })),
  },
];
