import type { ReferenceRuntime } from '../../reference/reference-runtime.js';
import { type Mutant, predicts } from './mutant.js';

export const SAFETY_MUTANTS: readonly Mutant[] = [
  {
    id: 'M-SAFE-01',
    title: 'gives no provenance',
    of: predicts((response) => Object.assign(response, { provenance: undefined })),
  },
  {
    id: 'M-SAFE-02',
    title: 'gives the digest of another package',
    of: predicts((response) => Object.assign(response.provenance ?? {}, { packageSha256: 'f'.repeat(64) })),
  },
  {
    id: 'M-SAFE-03',
    title: 'does not look at the package that is expected',
    of: (R) =>
      class extends R {
        override admit(request: Parameters<ReferenceRuntime['admit']>[0]) {
          return super.admit({ ...request, expectedPackageSha256: '' });
        }
      },
  },
  { id: 'M-SAFE-04', title: 'warns of nothing', of: predicts((response) => Object.assign(response, { warnings: [] })) },
  {
    id: 'M-SAFE-05',
    title: 'takes a sequence for a single request',
    of: (R) =>
      class extends R {
        override admit(request: Parameters<ReferenceRuntime['admit']>[0]) {
          return super.admit({ ...request, sequenceContext: null });
        }
      },
  },
  {
    id: 'M-SAFE-06',
    title: 'leaves highlights out without a word',
    of: (R) =>
      class extends R {
        override admit(request: Parameters<ReferenceRuntime['admit']>[0]) {
          return super.admit({ ...request, highlights: [] });
        }
      },
  },
];
