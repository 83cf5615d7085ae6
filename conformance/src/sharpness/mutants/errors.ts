import { status } from '@grpc/grpc-js';
import type { ReferenceRuntime } from '../../reference/reference-runtime.js';
import { type Mutant, other, renamed, unnamed, withFailure, withInputs } from './mutant.js';

export const ERRORS_MUTANTS: readonly Mutant[] = [
  {
    id: 'M-ERR-01',
    title: 'calls every error UNKNOWN',
    of: (R) => withFailure(R, (failure) => ({ ...failure, code: status.UNKNOWN })),
  },
  { id: 'M-ERR-02', title: 'calls an unknown model an internal error', of: other('DH_MODEL_NOT_FOUND', 'DH_INTERNAL') },
  {
    id: 'M-ERR-03',
    title: 'gives no reason',
    of: (R) =>
      withFailure(R, (failure) => {
        const metadata = failure.metadata.clone();
        metadata.remove('grpc-status-details-bin');
        return { ...failure, metadata };
      }),
  },
  {
    id: 'M-ERR-04',
    title: 'answers with another version',
    of: (R) =>
      class extends R {
        override find(name: string, _version: string) {
          return super.find(name, '');
        }
      },
  },
  { id: 'M-ERR-05', title: 'names another input for a wrong type', of: renamed('DH_TENSOR_DATATYPE_MISMATCH') },
  { id: 'M-ERR-06', title: 'names no input for a wrong shape', of: unnamed('DH_TENSOR_SHAPE_MISMATCH') },
  { id: 'M-ERR-07', title: 'calls wrong byte counts malformed', of: other('DH_TENSOR_SIZE_MISMATCH') },
  {
    id: 'M-ERR-08',
    title: 'calls overflowing extents a wrong size',
    of: other('DH_TENSOR_SHAPE_OVERFLOW', 'DH_TENSOR_SIZE_MISMATCH'),
  },
  {
    id: 'M-ERR-09',
    title: 'leaves unknown inputs aside',
    of: (R) => withInputs(R, (inputs, names) => inputs.filter(({ name }) => names.includes(name))),
  },
  {
    id: 'M-ERR-10',
    title: 'takes the last of two inputs with one name',
    of: (R) => withInputs(R, (inputs) => [...new Map(inputs.map((input) => [input.name, input])).values()]),
  },
  { id: 'M-ERR-11', title: 'calls a missing input malformed', of: other('DH_INPUT_MISSING') },
  {
    id: 'M-ERR-12',
    title: 'calls another kind of value a wrong type',
    of: other('DH_INPUT_KIND_MISMATCH', 'DH_TENSOR_DATATYPE_MISMATCH'),
  },
  {
    id: 'M-ERR-13',
    title: 'leaves unknown outputs aside',
    of: (R) =>
      class extends R {
        override wantedOutputs(...[manifest, wanted]: Parameters<ReferenceRuntime['wantedOutputs']>) {
          return super.wantedOutputs(
            manifest,
            wanted.filter((name) => manifest.outputs.some((output) => output.name === name)),
          );
        }
      },
  },
  {
    id: 'M-ERR-14',
    title: 'takes any request id',
    of: (R) =>
      class extends R {
        override admit(request: Parameters<ReferenceRuntime['admit']>[0]) {
          return super.admit({ ...request, requestId: '' });
        }
      },
  },
  {
    id: 'M-ERR-15',
    title: 'computes with NaN',
    of: (R) =>
      class extends R {
        override admitTensor(...[declared, tensor]: Parameters<ReferenceRuntime['admitTensor']>) {
          return super.admitTensor({ ...declared, nonFinite: 'allow' }, tensor);
        }
      },
  },
];
