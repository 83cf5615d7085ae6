import { decodeStatusDetails, encodeStatusDetails, type runtimeV1 } from '@deephealth/proto';
import { DeepHealthError } from '@deephealth/sdk';
import { status } from '@grpc/grpc-js';
import type { ReferenceRuntime } from '../../reference/reference-runtime.js';
import { type Mutant, other, renamed, unnamed, withFailure, withInputs } from './mutant.js';
import { received, retold, signals, tableValues } from './mutant-parts.js';

/** Of conformance-table. */
const COLUMNS = ['age', 'weight', 'ratio', 'stage', 'sex', 'smoker'];

function unitOf(column: string): string {
  return { age: 'a', weight: 'kg', ratio: '1' }[column] ?? '';
}

function missing(name: string): runtimeV1.TableValue__Output {
  // Only age may be missing among the numbers.
  const isKept = name !== 'weight';
  return {
    name,
    unit: isKept ? '' : 'kg',
    code: null,
    time: null,
    ...(isKept ? { value: 'missing', missing: 'MISSING_REASON_UNKNOWN' as const } : { value: 'number', number: 70 }),
  };
}

function within({ number = 0 }: runtimeV1.TableValue__Output, lowest: number, highest: number) {
  return { number: Math.min(Math.max(number, lowest), highest) };
}

function plainGrid(size: string[]): runtimeV1.Grid__Output {
  return {
    size,
    origin: [0, 0, 0],
    spacing: [1, 1, 1],
    direction: [],
    unit: 'LENGTH_UNIT_MILLIMETRE',
    convention: 'COORDINATE_CONVENTION_LPS',
    frameOfReference: '',
    level: 0,
  };
}

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
  {
    id: 'M-ERR-16',
    title: 'leaves unknown columns aside',
    of: tableValues((values) => values.filter(({ name }) => COLUMNS.includes(name))),
  },
  {
    id: 'M-ERR-17',
    title: 'takes the last of two columns with one name',
    of: tableValues((values) => [...new Map(values.map((value) => [value.name, value])).values()]),
  },
  {
    id: 'M-ERR-18',
    title: 'takes a column that is not sent for one that is missing',
    of: tableValues((values) => [
      ...values,
      ...COLUMNS.filter((column) => !values.some(({ name }) => name === column)).map(missing),
    ]),
  },
  {
    id: 'M-ERR-19',
    title: 'moves numbers to the bounds of their range',
    of: tableValues((values) => values.map((one) => ({ ...one, ...(one.name === 'weight' && within(one, 1, 400)) }))),
  },
  {
    id: 'M-ERR-20',
    title: 'takes NaN and infinities for what is missing',
    of: tableValues((values) => values.map((one) => (Number.isFinite(one.number ?? 0) ? one : missing(one.name)))),
  },
  {
    id: 'M-ERR-21',
    title: 'refuses what lies on a bound',
    of: (R) =>
      class extends R {
        override admitTable(...[spec, table]: Parameters<ReferenceRuntime['admitTable']>) {
          const columns = spec.columns.map((column) =>
            column.type === 'number'
              ? { ...column, validRange: [column.validRange[0] + 0.1, column.validRange[1] - 0.1] as const }
              : column,
          );
          super.admitTable({ ...spec, columns }, table);
        }
      },
  },
  {
    id: 'M-ERR-22',
    title: 'takes a category in any case, with or without blanks',
    of: tableValues((values) =>
      values.map((one) => (one.category === undefined ? one : { ...one, category: one.category.trim().toLowerCase() })),
    ),
  },
  {
    id: 'M-ERR-23',
    title: 'takes a value without a unit for one in the right unit',
    of: tableValues((values) => values.map((one) => ({ ...one, unit: one.unit || unitOf(one.name) }))),
  },
  {
    id: 'M-ERR-24',
    title: 'converts grams without a word',
    of: tableValues((values) =>
      values.map((one) => (one.unit === 'g' ? { ...one, unit: 'kg', number: (one.number ?? 0) / 1000 + 1 } : one)),
    ),
  },
  {
    id: 'M-ERR-25',
    title: 'turns a number into a boolean',
    of: tableValues((values) =>
      values.map((one) =>
        one.name === 'smoker' && one.value === 'number'
          ? { name: one.name, unit: '', code: null, time: null, boolean: one.number !== 0, value: 'boolean' as const }
          : one,
      ),
    ),
  },
  {
    id: 'M-ERR-26',
    title: 'takes zero for a missing value without a rule',
    of: tableValues((values) =>
      values.map((one) =>
        one.name === 'weight' && one.value === 'missing'
          ? { ...one, value: 'number' as const, number: 1, unit: 'kg' }
          : one,
      ),
    ),
  },
  {
    id: 'M-ERR-27',
    title: 'repeats the value that is wrong',
    of: (R) =>
      class extends R {
        override admitTable(...[spec, table]: Parameters<ReferenceRuntime['admitTable']>) {
          try {
            super.admitTable(spec, table);
          } catch (refusal) {
            const { code, details } = DeepHealthError.from(refusal);
            const sent = table.values.map(({ number, category }) => number ?? category).join(', ');
            throw new DeepHealthError(code, `None of these may be: ${sent}.`, { details: { ...details } });
          }
        }
      },
  },
  {
    id: 'M-ERR-28',
    title: 'takes another channel for one that is missing',
    of: signals((signal) => ({
      ...signal,
      channels: signal.channels.map((one) => (one.name === 'III' ? { ...one, name: 'II' } : one)),
    })),
  },
  {
    id: 'M-ERR-29',
    title: 'takes the unit of a channel as declared',
    of: signals((signal) => ({ ...signal, channels: signal.channels.map((one) => ({ ...one, unit: 'mV' })) })),
  },
  {
    id: 'M-ERR-30',
    title: 'takes any rate for the declared one',
    of: signals((signal) => ({ ...signal, samplingRateHz: 250 })),
  },
  {
    id: 'M-ERR-31',
    title: 'does not look at samples',
    of: (R) =>
      class extends R {
        override admitSignal(...[spec, signal]: Parameters<ReferenceRuntime['admitSignal']>) {
          try {
            super.admitSignal(spec, signal);
          } catch (refusal) {
            const { code } = DeepHealthError.from(refusal);
            if (code !== 'DH_VALUE_OUT_OF_RANGE' && code !== 'DH_VALUE_NOT_FINITE') throw refusal;
          }
        }
      },
  },
  {
    id: 'M-ERR-32',
    title: 'takes a signal of any length',
    of: (R) =>
      class extends R {
        override admitSignal(...[spec, signal]: Parameters<ReferenceRuntime['admitSignal']>) {
          super.admitSignal({ ...spec, samples: { minimum: 1, maximum: 2 ** 20 } }, signal);
        }
      },
  },
  {
    id: 'M-ERR-33',
    title: 'looks at the file, not at its media type',
    of: (R) =>
      class extends R {
        override admitImage(...[spec, image]: Parameters<ReferenceRuntime['admitImage']>) {
          super.admitImage(spec, { ...image, mediaType: 'image/png' });
        }
      },
  },
  {
    id: 'M-ERR-34',
    title: 'calls a file that cannot be read an internal error',
    of: other('DH_MEDIA_UNREADABLE', 'DH_INTERNAL'),
  },
  {
    id: 'M-ERR-35',
    title: 'assumes a grid where none is sent',
    of: (R) =>
      class extends R {
        override predict(...[request, context]: Parameters<ReferenceRuntime['predict']>) {
          const inputs = request.inputs.map((input) =>
            input.volume?.voxels
              ? { ...input, volume: { ...input.volume, grid: plainGrid(input.volume.voxels.shape) } }
              : input,
          );
          return super.predict({ ...request, inputs }, context);
        }
      },
  },
  {
    id: 'M-ERR-36',
    title: 'takes voxels in any unit',
    of: (R) =>
      class extends R {
        override admitVolume(...[spec, volume]: Parameters<ReferenceRuntime['admitVolume']>) {
          super.admitVolume(spec, { ...volume, unit: spec.unit ?? '' });
        }
      },
  },
  {
    id: 'M-ERR-37',
    title: 'tries to fetch whatever a reference names',
    of: other('DH_REFERENCE_NOT_ALLOWED', 'DH_REMOTE_UNAVAILABLE'),
  },
  {
    id: 'M-ERR-38',
    title: 'does not say which kind it received',
    of: retold('DH_INPUT_KIND_MISMATCH', ({ details: { input = '' } }) => ({ details: { input } })),
  },
  {
    id: 'M-ERR-39',
    title: 'takes an input without a value for zeros',
    of: received((input) =>
      input.value === undefined
        ? {
            ...input,
            value: 'tensor' as const,
            tensor: { dataType: 'DATA_TYPE_FP32' as const, shape: ['1', '4'], data: Buffer.alloc(16) },
          }
        : input,
    ),
  },
  {
    id: 'M-ERR-40',
    title: 'says of every error that the request may be sent again',
    of: (R) =>
      withFailure(R, (failure) => {
        const [bytes] = failure.metadata.get('grpc-status-details-bin');
        const details = bytes instanceof Buffer ? decodeStatusDetails(bytes) : undefined;
        if (details === undefined) return failure;
        const { errorInfo } = details;
        const metadata = failure.metadata.clone();
        metadata.set(
          'grpc-status-details-bin',
          encodeStatusDetails({
            ...details,
            errorInfo: { ...errorInfo, metadata: { ...errorInfo.metadata, retryable: 'true' } },
          }),
        );
        return { ...failure, metadata };
      }),
  },
  {
    id: 'M-ERR-41',
    title: 'takes the first of two channels with one name',
    of: signals((signal) => ({
      ...signal,
      channels: signal.channels.map((one, place) => (place > 1 ? { ...one, name: 'V1' } : one)),
    })),
  },
  {
    id: 'M-ERR-42',
    title: 'clips voxels to their range',
    of: (R) =>
      class extends R {
        override admitVolume(...[spec, volume]: Parameters<ReferenceRuntime['admitVolume']>) {
          const { validRange: _, ...rest } = spec;
          super.admitVolume(rest, volume);
        }
      },
  },
];
