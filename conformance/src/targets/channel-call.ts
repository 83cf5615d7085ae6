import { modelRuntimeService, platformAdapterService } from '@deephealth/proto';
import { Client, credentials as grpcCredentials, Metadata, type MethodDefinition } from '@grpc/grpc-js';
import { type Outcome, outcomeOf, type TargetOptions } from './target-client.js';

export interface RawCallOptions {
  readonly deadlineMs: number;
  /** Cancels the call. */
  readonly signal?: AbortSignal;
  readonly metadata?: Readonly<Record<string, string>>;
}

export interface RawOutcome extends Outcome {
  /** The answer as it came over the wire. */
  readonly responseBytes?: Buffer;
  /** Of google.rpc.Status, as it came; empty without one. */
  readonly detailsBytes: Buffer;
}

/** A channel to a target for unary calls of the contract, with everything that goes over the wire. */
export class RawClient {
  readonly #client: Client;

  constructor({ address, credentials }: TargetOptions) {
    this.#client = new Client(address, credentials ?? grpcCredentials.createInsecure(), {
      'grpc.use_local_subchannel_pool': 1,
      'grpc.enable_channelz': 0,
      'grpc.enable_http_proxy': 0,
      'grpc.enable_retries': 0,
      'grpc.max_receive_message_length': -1,
      'grpc.max_send_message_length': -1,
    });
  }

  /** Never rejects. */
  call(
    rpc: string,
    request: object | Buffer,
    { deadlineMs, signal, metadata = {} }: RawCallOptions,
  ): Promise<RawOutcome> {
    const method = methodOf(rpc);
    const sent = new Metadata();
    for (const [key, value] of Object.entries(metadata)) sent.set(key, value);
    return new Promise((resolve) => {
      const call = this.#client.makeUnaryRequest(
        method.path,
        (bytes: Buffer) => bytes,
        (bytes: Buffer) => bytes,
        Buffer.isBuffer(request) ? request : method.requestSerialize(request),
        sent,
        { deadline: Date.now() + deadlineMs },
        (error, responseBytes = Buffer.alloc(0)) => {
          if (error === null) {
            resolve({ ...readable(method, responseBytes), responseBytes, detailsBytes: Buffer.alloc(0) });
            return;
          }
          const details = error.metadata?.get('grpc-status-details-bin')[0];
          resolve({ ...outcomeOf(error), detailsBytes: Buffer.isBuffer(details) ? details : Buffer.alloc(0) });
        },
      );
      signal?.addEventListener('abort', () => call.cancel(), { once: true });
      if (signal?.aborted) call.cancel();
    });
  }

  close(): void {
    this.#client.close();
  }
}

/** One call on a channel of its own. Never rejects. */
export async function rawCall(
  target: TargetOptions,
  rpc: string,
  request: object | Buffer,
  options: RawCallOptions,
): Promise<RawOutcome> {
  const client = new RawClient(target);
  try {
    return await client.call(rpc, request, options);
  } finally {
    client.close();
  }
}

/** What is no message of the contract is an outcome, too. */
function readable(method: MethodDefinition<object, object>, bytes: Buffer): Outcome {
  try {
    const response = method.responseDeserialize(bytes);
    return { status: 'OK', message: '', reason: '', domain: '', metadata: {}, response };
  } catch {
    return { status: 'an answer that is no message', message: '', reason: '', domain: '', metadata: {} };
  }
}

/** A message of the contract as it goes over the wire: the request of a method, or its response. */
export function encodeMessage(rpc: string, part: 'request' | 'response', message: object): Buffer {
  const method = methodOf(rpc);
  return Buffer.from(part === 'request' ? method.requestSerialize(message) : method.responseSerialize(message));
}

export function decodeMessage<Message>(rpc: string, part: 'request' | 'response', bytes: Buffer): Message {
  const method = methodOf(rpc);
  return (part === 'request' ? method.requestDeserialize(bytes) : method.responseDeserialize(bytes)) as Message;
}

/** A message with every field that it has by default, as it comes out of the wire. */
export function asReceived<Message>(rpc: string, part: 'request' | 'response', message: object): Message {
  return decodeMessage(rpc, part, encodeMessage(rpc, part, message));
}

function methodOf(rpc: string): MethodDefinition<object, object> {
  const methods = { ...modelRuntimeService(), ...platformAdapterService() } as unknown as Record<
    string,
    MethodDefinition<object, object>
  >;
  const method = methods[rpc];
  if (method === undefined) throw new RangeError(`the contract has no method "${rpc}"`);
  return method;
}
