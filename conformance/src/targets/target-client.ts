import {
  decodeStatusDetails,
  inferenceService,
  modelRuntimeService,
  platformAdapterService,
  type runtimeV1,
} from '@deephealth/proto';
import {
  type ChannelCredentials,
  Client,
  type ClientDuplexStream,
  type ClientOptions,
  credentials as grpcCredentials,
  Metadata,
  type MethodDefinition,
  type ServiceError,
  status,
} from '@grpc/grpc-js';
import { TIMEOUTS_MS } from '../run/timeouts.js';
import { type Exchange, inShort, shortText } from './exchange.js';

export interface TargetOptions {
  /** "host:port" or "unix:/path". */
  readonly address: string;
  /** Instead of those that follow from `tls`. */
  readonly credentials?: ChannelCredentials;
  /** Without it, the connection is in plain text. */
  readonly tls?: TlsOptions;
  /** Sent as `authorization: Bearer <token>` with every call; what makes one makes a new one for each. */
  readonly token?: string | (() => string);
  /** Sees every call, once it is over. */
  readonly onExchange?: (exchange: Exchange) => void;
  /** Closes the channels, and ends what is under way on them. */
  readonly signal?: AbortSignal;
}

/** All in PEM. */
export interface TlsOptions {
  /** Default: what this machine trusts. */
  readonly ca?: Buffer;
  /** The suite's own certificate and its key, for a target that asks for one. */
  readonly certificate?: Buffer;
  readonly key?: Buffer;
  /** Name that the target's certificate is for, where it is not the host of the address. */
  readonly name?: string;
}

/** What came of a call, whatever it was. */
export interface Outcome {
  /** Name of the gRPC status. */
  readonly status: string;
  readonly message: string;
  readonly reason: string;
  readonly domain: string;
  /** Of the ErrorInfo. */
  readonly metadata: Readonly<Record<string, string>>;
  /** Everything that came with an error, as it came. */
  readonly trailers?: readonly string[];
  readonly response?: unknown;
}

export type StreamCall = ClientDuplexStream<runtimeV1.PredictStreamRequest, runtimeV1.PredictStreamResponse__Output>;

const DETAILS_KEY = 'grpc-status-details-bin';
const MAX_RECEIVED_BYTES = 64 * 1024 * 1024;
/** No case sends nearly as many items: a stream that answers more often never ends. */
const MAX_STREAM_ANSWERS = 20_000;
const SHOWN_OF_STREAM = 8;

/** One channel to a target: every case has its own, so that none sees what another did to it. */
export class TargetClient {
  readonly #client: Client;
  readonly #caseId: string;
  readonly #target: TargetOptions;
  readonly #underWay = new Set<{ cancel(): void }>();
  readonly #onAbort = () => this.close();

  constructor(target: TargetOptions, caseId: string) {
    this.#caseId = caseId;
    this.#target = target;
    this.#client = new Client(target.address, target.credentials ?? credentialsOf(target.tls), {
      'grpc.use_local_subchannel_pool': 1,
      'grpc.enable_channelz': 0,
      'grpc.enable_http_proxy': 0,
      'grpc.enable_retries': 0,
      'grpc.max_receive_message_length': MAX_RECEIVED_BYTES,
      'grpc.max_send_message_length': -1,
      ...nameOptions(target.tls),
    });
    target.signal?.addEventListener('abort', this.#onAbort);
  }

  /** Rejects if nothing that speaks HTTP/2 answers. */
  connect(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#client.waitForReady(Date.now() + TIMEOUTS_MS.connect, (error) => {
        if (error === undefined) resolve();
        else reject(error);
      });
    });
  }

  /**
   * A unary call of the contract, of an adapter or of the Open Inference Protocol; never rejects.
   * @param more metadata beside the suite's own; `authorization` in it replaces the token
   */
  call(
    rpc: string,
    message: unknown,
    deadlineMs: number,
    more: Readonly<Record<string, string>> = {},
  ): Promise<Outcome> {
    const method = methodOf(rpc);
    const metadata = this.#metadata(more);
    return new Promise((resolve) => {
      const call = this.#client.makeUnaryRequest(
        method.path,
        method.requestSerialize,
        method.responseDeserialize,
        message,
        metadata,
        { deadline: Date.now() + deadlineMs },
        (error, response) => {
          this.#underWay.delete(call);
          const outcome = error === null ? answered(response) : outcomeOf(error);
          this.#observe(rpc, metadata, inShort(message), outcome);
          resolve(outcome);
        },
      );
      this.#underWay.add(call);
    });
  }

  /** Opens PredictStream. One that never stops answering is cancelled, with an error that says so. */
  stream(deadlineMs: number, more: Readonly<Record<string, string>> = {}): StreamCall {
    const method = methodOf('PredictStream');
    const metadata = this.#metadata(more);
    const call = this.#client.makeBidiStreamRequest(
      method.path,
      method.requestSerialize,
      method.responseDeserialize,
      metadata,
      { deadline: Date.now() + deadlineMs },
    ) as StreamCall;
    this.#underWay.add(call);
    const got: unknown[] = [];
    let answers = 0;
    // Not by a listener, which would make the stream flow before whoever reads it wants it to.
    const push = call.push.bind(call);
    call.push = (answer: unknown) => {
      if (answer === null) return push(null);
      if (answers < SHOWN_OF_STREAM) got.push(inShort(answer));
      answers++;
      if (answers <= MAX_STREAM_ANSWERS) return push(answer);
      call.destroy(new Error(`more than ${MAX_STREAM_ANSWERS} answers, without end`));
      // Later: who reads is to hear of the cause, not of a call that was cancelled.
      setImmediate(() => call.cancel());
      return false;
    };
    call.on('status', ({ code, details, metadata: trailer }) => {
      this.#underWay.delete(call);
      const more = answers > got.length ? [`… ${answers - got.length} more`] : [];
      const outcome = outcomeOf({ code, details, metadata: trailer } as ServiceError);
      this.#observe('PredictStream', metadata, 'a stream', { ...outcome, response: [...got, ...more] });
    });
    return call;
  }

  /** The answers of a call that streams them, up to the first that is the last one wanted; then it is cancelled. */
  collect<Answer>(
    rpc: string,
    message: unknown,
    deadlineMs: number,
    isLast: (answer: Answer) => boolean,
    more: Readonly<Record<string, string>> = {},
  ): Promise<Outcome & { readonly answers: readonly Answer[] }> {
    const method = methodOf(rpc);
    const metadata = this.#metadata(more);
    const call = this.#client.makeServerStreamRequest(
      method.path,
      method.requestSerialize,
      method.responseDeserialize,
      message,
      metadata,
      { deadline: Date.now() + deadlineMs },
    );
    this.#underWay.add(call);
    const answers: Answer[] = [];
    return new Promise((resolve) => {
      const end = (outcome: Outcome) => {
        if (!this.#underWay.delete(call)) return;
        call.cancel();
        this.#observe(rpc, metadata, inShort(message), { ...outcome, response: answers });
        resolve({ ...outcome, answers });
      };
      call.on('data', (answer: Answer) => {
        answers.push(answer);
        if (isLast(answer)) end(answered(undefined));
        else if (answers.length > MAX_STREAM_ANSWERS) end({ ...answered(undefined), status: 'WITHOUT_END' });
      });
      call.on('error', (error) => end(outcomeOf(error as ServiceError)));
      call.on('end', () => end(answered(undefined)));
    });
  }

  /** Ends what is under way, too. */
  close(): void {
    this.#target.signal?.removeEventListener('abort', this.#onAbort);
    for (const call of this.#underWay) call.cancel();
    this.#client.close();
  }

  #metadata(more: Readonly<Record<string, string>> = {}): Metadata {
    const metadata = new Metadata();
    metadata.set('deephealth-case-id', this.#caseId);
    const token = more.authorization === undefined ? tokenText(this.#target) : undefined;
    if (token !== undefined) metadata.set('authorization', `Bearer ${token}`);
    for (const [name, value] of Object.entries(more)) metadata.set(name, value);
    return metadata;
  }

  #observe(rpc: string, metadata: Metadata, sent: unknown, outcome: Outcome): void {
    const { onExchange } = this.#target;
    if (onExchange === undefined) return;
    const { status: name, reason, message, response } = outcome;
    onExchange({
      rpc,
      metadata: Object.keys(metadata.getMap()),
      sent,
      status: name,
      ...(reason !== '' && { reason: shortText(reason) }),
      ...(message !== '' && { message: shortText(message) }),
      ...(response !== undefined && { got: inShort(response) }),
    });
  }
}

/** The token of one call. */
export function tokenText({ token }: TargetOptions): string | undefined {
  return typeof token === 'function' ? token() : token;
}

/** Throws Error for a certificate or key that is none. */
export function credentialsOf(tls: TlsOptions | undefined): ChannelCredentials {
  if (tls === undefined) return grpcCredentials.createInsecure();
  return grpcCredentials.createSsl(tls.ca ?? null, tls.key ?? null, tls.certificate ?? null);
}

function nameOptions(tls: TlsOptions | undefined): ClientOptions {
  return tls?.name === undefined
    ? {}
    : { 'grpc.ssl_target_name_override': tls.name, 'grpc.default_authority': tls.name };
}

/** `/package.Service/Method`, and how its request becomes bytes. */
export function methodOf(rpc: string): MethodDefinition<unknown, unknown> {
  // No name is in two services.
  const methods = {
    ...modelRuntimeService(),
    ...inferenceService(),
    ...platformAdapterService(),
  } as unknown as Record<string, MethodDefinition<unknown, unknown>>;
  const method = methods[rpc];
  if (method === undefined) throw new RangeError(`the contract has no method "${rpc}"`);
  return method;
}

function answered(response: unknown): Outcome {
  return { status: 'OK', message: '', reason: '', domain: '', metadata: {}, response };
}

export function outcomeOf(error: ServiceError): Outcome {
  const bytes = error.metadata?.get(DETAILS_KEY)[0];
  const details = bytes instanceof Buffer ? decodeStatusDetails(bytes) : undefined;
  return {
    status: status[error.code] ?? `status ${error.code}`,
    message: error.details ?? error.message,
    reason: details?.errorInfo.reason ?? '',
    domain: details?.errorInfo.domain ?? '',
    metadata: details?.errorInfo.metadata ?? {},
    trailers: Object.keys(error.metadata?.getMap() ?? {}).flatMap((name) =>
      error.metadata.get(name).map((value) => `${name}: ${value.toString('latin1')}`),
    ),
  };
}
