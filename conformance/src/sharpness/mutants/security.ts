import { type Mutant, withFailure } from './mutant.js';

export const SECURITY_MUTANTS: readonly Mutant[] = [
  {
    id: 'M-SEC-01',
    title: 'tells where the model lies',
    of: (R) =>
      withFailure(R, (failure) => ({ ...failure, details: `${failure.details} (/srv/models/store/model.onnx)` })),
  },
];
