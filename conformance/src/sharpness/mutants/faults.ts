import type { ServerHttp2Session } from 'node:http2';
import type { ReferenceRuntime } from '../../reference/reference-runtime.js';
import { behind } from './deadlines.js';
import type { Mutant } from './mutant.js';

const SERVICE = '/deephealth.runtime.v1.ModelRuntime/';
const PREFIX_BYTES = 5;

export const FAULTS_MUTANTS: readonly Mutant[] = [
  {
    id: 'M-FLT-01',
    title: 'reads no message after one that it cannot read',
    of: (R) =>
      class extends R {
        #isLost = false;
        override read<Message>(bytes: Buffer, decode: (bytes: Buffer) => Message) {
          if (this.#isLost) throw new Error('the decoder is lost');
          try {
            return super.read(bytes, decode);
          } catch (thrown) {
            this.#isLost = true;
            throw thrown;
          }
        }
      },
  },
  {
    id: 'M-FLT-02',
    title: 'never answers a message that it cannot read',
    of: (R) =>
      class extends R {
        readonly #unread = new WeakSet<object>();
        override read<Message>(bytes: Buffer, decode: (bytes: Buffer) => Message) {
          try {
            return super.read(bytes, decode);
          } catch {
            const empty = decode(Buffer.alloc(0));
            this.#unread.add(empty as object);
            // An item of a stream holds the request.
            return Object.assign(empty as object, { itemId: 'unread' }) as Message;
          }
        }
        override predict(...[request, context]: Parameters<ReferenceRuntime['predict']>) {
          return this.#unread.has(request) ? new Promise<never>(() => undefined) : super.predict(request, context);
        }
      },
  },
  {
    id: 'M-FLT-03',
    title: 'takes a message that ends in the middle as far as it goes',
    of: (R) =>
      class extends R {
        override read<Message>(bytes: Buffer, decode: (bytes: Buffer) => Message) {
          try {
            return super.read(bytes, decode);
          } catch {
            return decode(Buffer.alloc(0));
          }
        }
      },
  },
  {
    id: 'M-FLT-04',
    title: 'takes the first model where the name is no text',
    of: (R) =>
      class extends R {
        override read<Message>(bytes: Buffer, decode: (bytes: Buffer) => Message) {
          try {
            return super.read(bytes, decode);
          } catch {
            return decode(Buffer.alloc(0));
          }
        }
        override find(name: string, version: string) {
          return super.find(name === '' ? (this.models[0]?.model.name ?? '') : name, version);
        }
      },
  },
  {
    id: 'M-FLT-05',
    title: 'waits for the rest of a message whose call has ended',
    of: (R) =>
      behind(R, () => ({
        onStream: (stream, _headers, passOn) => {
          const onward = passOn();
          let body = Buffer.alloc(0);
          stream.unpipe(onward);
          stream.on('data', (chunk: Buffer) => {
            body = Buffer.concat([body, chunk]);
            onward.write(chunk);
          });
          stream.on('end', () => {
            const isWhole = body.length >= PREFIX_BYTES && body.length >= PREFIX_BYTES + body.readUInt32BE(1);
            if (isWhole) onward.end();
          });
        },
      })),
  },
  {
    id: 'M-FLT-06',
    title: 'refuses a message with a field that it does not know',
    of: (R) =>
      class extends R {
        override read<Message>(bytes: Buffer, decode: (bytes: Buffer) => Message) {
          // The tag of field 999, of a text or bytes.
          if (bytes[0] === 0xba && bytes[1] === 0x3e) throw new Error('an unknown field');
          return super.read(bytes, decode);
        }
      },
  },
  {
    id: 'M-FLT-07',
    title: 'answers a method that is not there with UNKNOWN',
    of: (R) =>
      behind(R, () => ({
        onStream: (stream, headers, passOn) => {
          const path = String(headers[':path']);
          if (path.startsWith(SERVICE) && !path.endsWith('/Conform')) passOn();
          else stream.respond({ 'content-type': 'application/grpc', 'grpc-status': '2' }, { endStream: true });
        },
      })),
  },
  {
    id: 'M-FLT-08',
    title: 'takes every content for gRPC',
    of: (R) =>
      behind(R, () => ({
        onStream: (_stream, headers, passOn) => void passOn({ ...headers, 'content-type': 'application/grpc' }),
      })),
  },
  {
    id: 'M-FLT-09',
    title: 'reads a message packed in an unknown way as it is',
    of: (R) =>
      behind(R, () => ({
        onStream: (_stream, headers, passOn) => {
          const isKnown = headers['grpc-encoding'] === 'gzip';
          passOn(isKnown ? headers : { ...headers, 'grpc-encoding': 'identity' });
        },
      })),
  },
  {
    id: 'M-FLT-10',
    title: 'reads a message packed with gzip as it is',
    of: (R) =>
      behind(R, () => ({
        onStream: (_stream, headers, passOn) => void passOn({ ...headers, 'grpc-encoding': 'identity' }),
      })),
  },
  {
    id: 'M-FLT-11',
    title: 'takes messages of any size',
    of: (R) =>
      class extends R {
        override readonly maxMessageBytes = -1;
      },
  },
  {
    id: 'M-FLT-12',
    title: 'ends all connections when one sends too many headers',
    of: (R) =>
      behind(R, () => {
        let isOver = false;
        let sessions: ReadonlySet<ServerHttp2Session> = new Set();
        return {
          onSession: (session, all) => {
            sessions = all;
            if (isOver) setImmediate(() => session.destroy());
          },
          onStream: (_stream, headers, passOn) => {
            isOver ||= Object.keys(headers).length > 200;
            if (!isOver) passOn();
            else for (const session of sessions) setImmediate(() => session.destroy());
          },
        };
      }),
  },
  {
    id: 'M-FLT-13',
    title: 'serves one connection at a time',
    of: (R) =>
      behind(R, () => {
        let sessions: ReadonlySet<ServerHttp2Session> = new Set();
        return {
          onSession: (_session, all) => {
            sessions = all;
          },
          onStream: (stream, _headers, passOn) => {
            const [oldest] = sessions;
            if (stream.session === oldest) passOn();
          },
        };
      }),
  },
  {
    id: 'M-FLT-14',
    title: 'has no place for more than two hundred streams',
    of: (R) =>
      behind(R, () => {
        let open = 0;
        return {
          onStream: (stream, headers, passOn) => {
            open += 1;
            stream.on('close', () => {
              open -= 1;
            });
            if (open <= 200 || headers[':path'] !== `${SERVICE}PredictStream`) passOn();
            else stream.respond({ 'content-type': 'application/grpc', 'grpc-status': '8' }, { endStream: true });
          },
        };
      }),
  },
];
