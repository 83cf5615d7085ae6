import { decodeStatusDetails, encodeStatusDetails, modelRuntimeService, type runtimeV1 } from '@deephealth/proto';
import { DeepHealthError, type GrpcFailure, type RawTensor, tensorFromValues, toGrpcFailure } from '@deephealth/sdk';
import { Metadata, type ServiceError, status } from '@grpc/grpc-js';
import type { ReferenceAdapter } from '../../reference/adapter/reference-adapter.js';
import { decodeMessage } from '../../targets/channel-call.js';
import { ADAPTER_EVENT_MUTANTS } from './adapter-events.js';
import {
  type AdapterMutant,
  answersContract,
  changesPart,
  keepsFinding,
  keepsValue,
  sendsContract,
} from './adapter-mutant.js';
import { ADAPTER_PLATFORM_MUTANTS } from './adapter-platform.js';

const DETAILS_KEY = 'grpc-status-details-bin';
type Details = NonNullable<ReturnType<typeof decodeStatusDetails>>;

/** What the runtime says of an error, changed on its way to the client. */
const changesDetails = (change: (details: Details) => Details): AdapterMutant['of'] => {
  return (A) =>
    class extends A {
      override forwardedFailure(error: ServiceError): GrpcFailure {
        const failure = super.forwardedFailure(error);
        const bytes = failure.metadata.get(DETAILS_KEY)[0];
        const details = Buffer.isBuffer(bytes) ? decodeStatusDetails(bytes) : undefined;
        if (details === undefined) return failure;
        const metadata = new Metadata();
        metadata.set(DETAILS_KEY, encodeStatusDetails(change(details)));
        return { ...failure, metadata };
      }
    };
};

const FACE_MUTANTS: readonly AdapterMutant[] = [
  { id: 'M-ADP-01', title: 'drops units', of: keepsValue((value) => ({ ...value, unit: '' })) },
  {
    id: 'M-ADP-02',
    title: 'lays masks and maps on a grid with its axes the other way round',
    of: keepsFinding(({ grid, ...finding }) => ({
      ...finding,
      ...(grid && { grid: { ...grid, size: [...grid.size].reverse(), spacing: [...grid.spacing].reverse() } }),
    })),
  },
  {
    id: 'M-ADP-03',
    title: 'takes every level of a slide for the full resolution',
    of: keepsFinding(({ grid, ...finding }) => ({ ...finding, ...(grid && { grid: { ...grid, level: 0 } }) })),
  },
  {
    id: 'M-ADP-04',
    title: 'gives the platform an empty result instead of an error',
    of: changesPart(({ error: _, ...part }) => part),
  },
  {
    id: 'M-ADP-05',
    title: "asks the runtime with the platform's credentials",
    of: (A) =>
      class extends A {
        override metadataOf(record: Parameters<ReferenceAdapter['metadataOf']>[0]) {
          const metadata = super.metadataOf(record);
          metadata.set('authorization', `Bearer ${record.token}`);
          return metadata;
        }
      },
  },
  {
    id: 'M-ADP-06',
    title: 'keeps the digest of the package to itself',
    of: changesPart(({ provenance, ...part }) => ({
      ...part,
      ...(provenance && { provenance: { ...provenance, packageSha256: '' } }),
    })),
  },
  {
    id: 'M-ADP-07',
    title: 'calls a failed precondition an invalid argument',
    of: (A) =>
      class extends A {
        override forwardedFailure(error: ServiceError) {
          const failure = super.forwardedFailure(error);
          return failure.code === status.FAILED_PRECONDITION ? { ...failure, code: status.INVALID_ARGUMENT } : failure;
        }
      },
  },
  {
    id: 'M-ADP-08',
    title: 'drops codes of terminologies',
    of: keepsFinding((finding) => ({
      ...finding,
      codes: [],
      values: finding.values.map((value) => ({ ...value, codes: [] })),
    })),
  },
  {
    id: 'M-ADP-09',
    title: 'sets a deadline of its own',
    of: (A) =>
      class extends A {
        override forwardedDeadline() {
          return Date.now() + 30_000;
        }
      },
  },
  {
    id: 'M-ADP-11',
    title: "keeps a client's cancellation to itself",
    of: (A) =>
      class extends A {
        override abandon() {
          // The runtime goes on.
        }
      },
  },
  {
    id: 'M-ADP-13',
    title: 'names the patient in the request id',
    of: (A) =>
      class extends A {
        override requestIdOf({ event }: Parameters<ReferenceAdapter['requestIdOf']>[0]) {
          return `${event.subject}/${event.id}`;
        }
      },
  },
  {
    id: 'M-ADP-14',
    title: "shows the platform the runtime's own words, whatever they are",
    of: (A) =>
      class extends A {
        override errorOf(error: DeepHealthError) {
          return { ...super.errorOf(error), message: error.message };
        }
      },
  },
  {
    id: 'M-ADP-15',
    title: 'drops what an error names',
    of: changesDetails((details) => ({ ...details, errorInfo: { ...details.errorInfo, metadata: {} } })),
  },
  { id: 'M-ADP-16', title: 'drops warnings', of: changesPart((part) => ({ ...part, warnings: [] })) },
  {
    id: 'M-ADP-17',
    title: 'decides where the model abstained',
    of: keepsFinding((finding) => {
      if (!finding.isAbstained) return finding;
      const [first] = [...finding.values].sort((a, b) => b.value - a.value);
      return { ...finding, isAbstained: false, decision: first === undefined ? [] : [first.label] };
    }),
  },
  {
    id: 'M-ADP-23',
    title: 'takes no answer of more than four megabytes',
    of: (A) =>
      class extends A {
        override channelOptions() {
          return { ...super.channelOptions(), 'grpc.max_receive_message_length': 4 * 1024 * 1024 };
        }
      },
  },
  {
    id: 'M-ADP-24',
    title: 'gives every request an id of its own',
    of: sendsContract((request) => ({ ...request, requestId: 'of the adapter' })),
  },
  {
    id: 'M-ADP-25',
    title: 'keeps the package that a client expects to itself',
    of: sendsContract((request) => ({ ...request, expectedPackageSha256: '' })),
  },
  {
    id: 'M-ADP-28',
    title: 'rounds probabilities to whole percents',
    of: keepsValue((value) => ({ ...value, value: Math.round(value.value * 100) / 100 })),
  },
  {
    id: 'M-ADP-30',
    title: 'calls a lost runtime an internal error',
    of: (A) =>
      class extends A {
        override forwardedFailure(error: ServiceError) {
          const isLost = error.code === status.UNAVAILABLE && error.metadata.get(DETAILS_KEY).length === 0;
          return isLost
            ? toGrpcFailure(new DeepHealthError('DH_INTERNAL', 'No runtime.'))
            : super.forwardedFailure(error);
        }
      },
  },
  {
    id: 'M-ADP-32',
    title: 'reads and writes every message anew, without what it does not know',
    of: (A) => answersContract((response) => response)(sendsContract((request) => request)(A)),
  },
  {
    id: 'M-ADP-33',
    title: 'hands on findings only that are classes, numbers or tensors',
    of: answersContract((response) => ({
      ...response,
      findings: response.findings.filter((one) => one.classification || one.regression || one.tensor),
    })),
  },
  {
    id: 'M-ADP-35',
    title: 'does not say when to come again',
    of: changesDetails(({ retryAfterMs: _, ...details }) => details),
  },
  {
    id: 'M-ADP-36',
    title: 'hands on the first finding alone',
    of: answersContract((response) => ({ ...response, findings: response.findings.slice(0, 1) })),
  },
  {
    id: 'M-ADP-37',
    title: 'says of a failed item of a stream only that it failed',
    of: answersContract<runtimeV1.PredictStreamResponse__Output>((message) => {
      const failed = message.result?.status;
      if (failed) Object.assign(failed, { metadata: {}, reason: '' });
      return message;
    }, 'PredictStream'),
  },
  {
    id: 'M-ADP-38',
    title: 'tells the platform of every error that it is an internal one',
    of: (A) =>
      class extends A {
        override errorOf(error: DeepHealthError) {
          return { ...super.errorOf(error), reason: 'INTERNAL' };
        }
      },
  },
  {
    id: 'M-ADP-39',
    title: 'makes zeros of what is no number',
    of: (A) =>
      class extends A {
        override requestOf(...[request, requestId, inputs]: Parameters<ReferenceAdapter['requestOf']>) {
          const cleaned = Object.entries(inputs).map(([name, tensor]) => [name, finite(tensor)] as const);
          return super.requestOf(request, requestId, Object.fromEntries(cleaned));
        }
      },
  },
  {
    id: 'M-ADP-40',
    title: 'does not say under which id it asked',
    of: changesPart((part) => ({ ...part, requestId: '' })),
  },
  {
    id: 'M-ADP-41',
    title: 'keeps the package that a platform expects to itself',
    of: (A) =>
      class extends A {
        override requestOf(...args: Parameters<ReferenceAdapter['requestOf']>) {
          return { ...super.requestOf(...args), expectedPackageSha256: '' };
        }
      },
  },
  {
    id: 'M-ADP-42',
    title: 'tells the runtime of the patient beside the request',
    of: (A) =>
      class extends A {
        override metadataOf(record: Parameters<ReferenceAdapter['metadataOf']>[0]) {
          const metadata = super.metadataOf(record);
          metadata.set('x-subject', record.event.subject);
          return metadata;
        }
      },
  },
  {
    id: 'M-ADP-46',
    title: 'asks again of itself',
    of: (A) =>
      class extends A {
        override forwardedRequest(method: string, bytes: Buffer) {
          const sent = super.forwardedRequest(method, bytes);
          if (method === 'Predict') {
            const { path, requestSerialize, responseDeserialize } = modelRuntimeService().Predict;
            const request = decodeMessage<runtimeV1.PredictRequest__Output>(method, 'request', sent);
            this.upstream.makeUnaryRequest(path, requestSerialize, responseDeserialize, request, () => undefined);
          }
          return sent;
        }
      },
  },
  {
    id: 'M-ADP-47',
    title: 'lets the trace of a request end',
    of: (A) =>
      class extends A {
        override forwardedMetadata() {
          return new Metadata();
        }
      },
  },
];

/** Every mutant of the adapter, in the order of the ids. */
export const ADAPTER_MUTANTS: readonly AdapterMutant[] = [
  ...FACE_MUTANTS,
  ...ADAPTER_EVENT_MUTANTS,
  ...ADAPTER_PLATFORM_MUTANTS,
].sort((a, b) => (a.id < b.id ? -1 : 1));

function finite(tensor: RawTensor): RawTensor {
  if (tensor.dataType !== 'FP32') return tensor;
  const bytes = Buffer.from(tensor.data);
  const values = Array.from({ length: bytes.length / 4 }, (_, at) => bytes.readFloatLE(4 * at));
  return tensorFromValues(
    'FP32',
    tensor.shape,
    values.map((value) => (Number.isFinite(value) ? value : 0)),
  );
}
