import { posix } from 'node:path';
import { DeepHealthError } from '@deephealth/sdk';
import type { ReferenceRuntime } from '../../reference/reference-runtime.js';
import { type Mutant, type Runtime, withFailure } from './mutant.js';

type Predict = ReferenceRuntime['predict'];

/** What a name becomes that is joined to a folder, as a careless store does. */
const asPath = (name: string) => {
  const [first = ''] = name.split('\u0000');
  return posix.normalize(decoded(first).replaceAll('\\', '/')).replace(/^(?:\.\.\/|\/)+|\/+$/g, '');
};

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Sees every request that was refused, and what it was refused with. */
const onRefusal =
  (see: (...[error, request, context]: [DeepHealthError, ...Parameters<Predict>]) => DeepHealthError) =>
  (Reference: Runtime): Runtime =>
    class extends Reference {
      override async predict(...[request, context]: Parameters<Predict>) {
        try {
          return await super.predict(request, context);
        } catch (thrown) {
          throw see(DeepHealthError.from(thrown), request, context);
        }
      }
    };

const saying = ({ code, details }: DeepHealthError, message: string) => new DeepHealthError(code, message, { details });

export const SECURITY_MUTANTS: readonly Mutant[] = [
  {
    id: 'M-SEC-01',
    title: 'tells where the model lies',
    of: (R) =>
      withFailure(R, (failure) => ({ ...failure, details: `${failure.details} (/srv/models/store/model.onnx)` })),
  },
  {
    id: 'M-SEC-02',
    title: 'joins the name of a model to a path',
    of: (R) =>
      class extends R {
        override find(name: string, version: string) {
          return super.find(asPath(name).split('/')[0] ?? '', version);
        }
      },
  },
  {
    id: 'M-SEC-03',
    title: 'joins the version of a model to a path',
    of: (R) =>
      class extends R {
        override find(name: string, version: string) {
          return super.find(name, version === '' ? '' : (asPath(version).split('/').at(-1) ?? ''));
        }
      },
  },
  {
    id: 'M-SEC-04',
    title: 'repeats the request id in an error',
    of: onRefusal((error, { requestId }) => saying(error, `${error.message} Request "${requestId}".`)),
  },
  {
    id: 'M-SEC-05',
    title: 'shows the first values of a refused tensor',
    of: onRefusal((error, { inputs: [first] }) => {
      const data = first?.tensor?.data ?? Buffer.alloc(0);
      const floats = Array.from({ length: Math.floor(data.byteLength / 4) }, (_, at) => data.readFloatLE(at * 4));
      return saying(error, `${error.message} It begins ${floats.slice(0, 3).join(', ')}.`);
    }),
  },
  {
    id: 'M-SEC-06',
    title: 'logs what a caller sends along',
    of: onRefusal((error, { requestId }, { header }) => {
      process.stderr.write(`refused ${requestId} patient=${header?.('x-patient') ?? ''}\n`);
      return error;
    }),
  },
  {
    id: 'M-SEC-07',
    title: 'logs names as they come, line breaks included',
    of: onRefusal((error, { modelName, requestId }) => {
      process.stderr.write(`refused a request for ${modelName} (${requestId})\n`);
      return error;
    }),
  },
  {
    id: 'M-SEC-08',
    title: 'takes a message that it cannot read for an empty one',
    of: (R) => R,
    serves: { isLenient: true },
  },
  {
    id: 'M-SEC-09',
    title: 'does not ask how large a compressed message becomes',
    of: (R) => R,
    serves: { maxMessageBytes: -1 },
  },
  {
    id: 'M-SEC-10',
    title: 'takes at most twenty connections',
    of: (R) => R,
    serves: { maxConnections: 20 },
  },
  {
    id: 'M-SEC-11',
    title: 'keeps the category of a table in the details of an error',
    of: onRefusal((error, { inputs: [first] }) => {
      const category = first?.table?.values[0]?.category ?? '';
      return new DeepHealthError(error.code, error.message, { details: { ...error.details, received: category } });
    }),
  },
  {
    id: 'M-SEC-20',
    title: 'serves with a certificate of another authority',
    of: (R) => R,
    weakness: { certificate: 'of-a-stranger' },
  },
  {
    id: 'M-SEC-21',
    title: 'serves with a certificate that has expired',
    of: (R) => R,
    weakness: { certificate: 'expired' },
  },
  {
    id: 'M-SEC-22',
    title: 'serves with a certificate for another name',
    of: (R) => R,
    weakness: { certificate: 'for-another-name' },
  },
  { id: 'M-SEC-23', title: 'takes plain text beside TLS', of: (R) => R, weakness: { takesPlainText: true } },
  { id: 'M-SEC-24', title: 'speaks TLS 1.1', of: (R) => R, weakness: { minVersion: 'TLSv1.1' } },
  { id: 'M-SEC-25', title: 'asks callers for no certificate', of: (R) => R, weakness: { callers: 'unasked' } },
  { id: 'M-SEC-26', title: 'takes any certificate of a caller', of: (R) => R, weakness: { callers: 'any' } },
];
