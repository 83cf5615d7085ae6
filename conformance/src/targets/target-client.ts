import { decodeStatusDetails, inferenceService, modelRuntimeService, type runtimeV1 } from '@deephealth/proto';
import {
  type ChannelCredentials,
  Client,
  type ClientDuplexStream,
  credentials as grpcCredentials,
  Metadata,
  type MethodDefinition,
  type ServiceError,
  status,
} from '@grpc/grpc-js';
import { TIMEOUTS_MS } from '../run/timeouts.js';

export interface TargetOptions {
  /** "host:port" or "unix:/path". */
  readonly address: string;
  readonly credentials?: ChannelCredentials;
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
  readonly response?: unknown;
}

const DETAILS_KEY = 'grpc-status-details-bin';
const MAX_RECEIVED_BYTES = 64 * 1024 * 1024;

/** One channel to a target: every case has its own, so that none sees what another did to it. */
export class TargetClient {
  readonly #client: Client;
  readonly #caseId: string;

  constructor({ address, credentials }: TargetOptions, caseId: string) {
    this.#caseId = caseId;
    this.#client = new Client(address, credentials ?? grpcCredentials.createInsecure(), {
      'grpc.use_local_subchannel_pool': 1,
      'grpc.enable_channelz': 0,
      'grpc.enable_http_proxy': 0,
      'grpc.enable_retries': 0,
      'grpc.max_receive_message_length': MAX_RECEIVED_BYTES,
      'grpc.max_send_message_length': -1,
    });
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

  /** A unary call of the contract or of the Open Inference Protocol; never rejects. */
  call(rpc: string, message: unknown, deadlineMs: number): Promise<Outcome> {
    const method = methodOf(rpc);
    return new Promise((resolve) => {
      this.#client.makeUnaryRequest(
        method.path,
        method.requestSerialize,
        method.responseDeserialize,
        message,
        this.#metadata(),
        { deadline: Date.now() + deadlineMs },
        (error, response) => resolve(error === null ? answered(response) : outcomeOf(error)),
      );
    });
  }

  /** Opens PredictStream. */
  stream(
    deadlineMs: number,
  ): ClientDuplexStream<runtimeV1.PredictStreamRequest, runtimeV1.PredictStreamResponse__Output> {
    const method = methodOf('PredictStream');
    return this.#client.makeBidiStreamRequest(
      method.path,
      method.requestSerialize,
      method.responseDeserialize,
      this.#metadata(),
      { deadline: Date.now() + deadlineMs },
    ) as ClientDuplexStream<runtimeV1.PredictStreamRequest, runtimeV1.PredictStreamResponse__Output>;
  }

  close(): void {
    this.#client.close();
  }

  #metadata(): Metadata {
    const metadata = new Metadata();
    metadata.set('deephealth-case-id', this.#caseId);
    return metadata;
  }
}

function methodOf(rpc: string): MethodDefinition<unknown, unknown> {
  // No name is in both services.
  const methods = { ...modelRuntimeService(), ...inferenceService() } as unknown as Record<
    string,
    MethodDefinition<unknown, unknown>
  >;
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
    message: error.details,
    reason: details?.errorInfo.reason ?? '',
    domain: details?.errorInfo.domain ?? '',
    metadata: details?.errorInfo.metadata ?? {},
  };
}
