import { setTimeout as delay } from 'node:timers/promises';
import { DeepHealthError } from '@deephealth/sdk';
import {
  Client,
  type ClientUnaryCall,
  connectivityState,
  credentials,
  Metadata,
  type ServiceError,
  status,
} from '@grpc/grpc-js';
import { fromRemoteStatus } from './remote-failure.js';
import { remoteMismatch } from './remote-mismatch.js';

/** A unary method of the protocol, as a service definition describes it. */
export interface UnaryMethod<Request, Response> {
  readonly path: string;
  requestSerialize(request: Request): Buffer;
  responseDeserialize(bytes: Buffer): Response;
}

const PAUSE_MS = 50;
const FLOW_CONTROL_WINDOW_BYTES = 8 * 1024 * 1024;

const asIs = (bytes: Buffer): Buffer => bytes;

/** Why one attempt failed, and whether the server had begun to answer it. */
class AttemptFailure {
  constructor(
    readonly error: ServiceError,
    readonly isAnswered: boolean,
  ) {}
}

/**
 * Unary calls to one inference server. Every call has a deadline and is repeated at most once, if the
 * server was unavailable and had not begun to answer. Rejects with DH_REMOTE_UNAVAILABLE,
 * DH_REMOTE_FAILED, or DH_REMOTE_MISMATCH for bytes that are not the message of the protocol.
 */
export class OpenInferenceClient {
  readonly #address: string;
  readonly #maxMessageBytes: number;
  readonly #calls = new Set<ClientUnaryCall>();
  #client: Client;
  #isClosed = false;
  #connections = 0;
  #onConnection: () => void = () => undefined;

  constructor(address: string, maxMessageBytes: number) {
    this.#address = address;
    this.#maxMessageBytes = maxMessageBytes;
    this.#client = this.#dial();
  }

  /**
   * @param deadlineAt Wall clock in ms; the repetition counts too.
   */
  async call<Request, Response>(
    method: UnaryMethod<Request, Response>,
    request: Request,
    deadlineAt: number,
  ): Promise<Response> {
    // Once, here: the bytes of the request are not looked at after this, whenever the call ends.
    const message = method.requestSerialize(request);
    if (message.byteLength > this.#maxMessageBytes) {
      throw new DeepHealthError(
        'DH_REMOTE_FAILED',
        `The request for the inference server has ${message.byteLength} bytes, more than the ${this.#maxMessageBytes} that "maxMessageBytes" of the remote allows.`,
        { details: { expected: `at most ${this.#maxMessageBytes} bytes`, received: String(message.byteLength) } },
      );
    }
    const bytes = await this.#exchange(method.path, message, deadlineAt);
    try {
      return method.responseDeserialize(bytes);
    } catch (cause) {
      throw remoteMismatch('The inference server answered with bytes that are no message of the protocol.', {}, cause);
    }
  }

  /**
   * Connections that were made so far. While it stays the same, the same process has answered: a
   * server that is restarted takes all its connections with it.
   */
  get connections(): number {
    return this.#connections;
  }

  /** Told at once when another connection has been made, before anything is sent on it. */
  onConnection(listener: () => void): void {
    this.#onConnection = listener;
  }

  /** Leaves the connection for a new one; calls under way end on the old one. */
  reconnect(): void {
    if (this.#isClosed) return;
    const old = this.#client;
    this.#client = this.#dial();
    old.close();
  }

  /** Ends all calls and the connection. */
  close(): void {
    this.#isClosed = true;
    for (const call of this.#calls) call.cancel();
    this.#client.close();
  }

  #dial(): Client {
    // Named with its scheme: grpc-js would take a host called "unix" for one.
    const client = new Client(`dns:${this.#address}`, credentials.createInsecure(), {
      'grpc.max_receive_message_length': this.#maxMessageBytes,
      'grpc.max_send_message_length': this.#maxMessageBytes,
      'grpc-node.flow_control_window': FLOW_CONTROL_WINDOW_BYTES,
      'grpc.enable_channelz': 0,
      // Patient data goes to the configured address, whatever proxy the environment names.
      'grpc.enable_http_proxy': 0,
      'grpc.service_config_disable_resolution': 1,
      // The one repetition is ours to count.
      'grpc.enable_retries': 0,
      // With the pool of the process, a new client would get the connection that the old one gave up.
      'grpc.use_local_subchannel_pool': 1,
      'grpc.initial_reconnect_backoff_ms': 500,
      'grpc.max_reconnect_backoff_ms': 5_000,
    });
    this.#watch(client, connectivityState.IDLE);
    return client;
  }

  #watch(client: Client, state: connectivityState): void {
    const channel = client.getChannel();
    channel.watchConnectivityState(state, Number.POSITIVE_INFINITY, (error) => {
      // One that is closed tells so too, and may not be asked any more.
      if (error !== undefined || this.#isClosed || client !== this.#client) return;
      const next = channel.getConnectivityState(false);
      if (next === connectivityState.READY) {
        this.#connections += 1;
        this.#onConnection();
      }
      this.#watch(client, next);
    });
  }

  async #exchange(path: string, message: Buffer, deadlineAt: number): Promise<Buffer> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#attempt(path, message, deadlineAt);
      } catch (thrown) {
        if (!(thrown instanceof AttemptFailure)) throw thrown;
        const { error, isAnswered } = thrown;
        const pauseMs = PAUSE_MS * (0.5 + Math.random());
        const mayRepeat = attempt === 1 && error.code === status.UNAVAILABLE && !isAnswered && !this.#isClosed;
        if (!mayRepeat || Date.now() + pauseMs >= deadlineAt) throw fromRemoteStatus(error);
        await delay(pauseMs);
      }
    }
  }

  #attempt(path: string, message: Buffer, deadlineAt: number): Promise<Buffer> {
    if (this.#isClosed) {
      throw new DeepHealthError('DH_REMOTE_UNAVAILABLE', 'The connection to the inference server is closed.');
    }
    return new Promise((resolve, reject) => {
      let isAnswered = false;
      const call = this.#client.makeUnaryRequest(
        path,
        asIs,
        asIs,
        message,
        new Metadata(),
        { deadline: deadlineAt },
        (error, reply) => {
          this.#calls.delete(call);
          if (error) reject(new AttemptFailure(error, isAnswered));
          else resolve(reply as Buffer);
        },
      );
      this.#calls.add(call);
      call.on('metadata', () => {
        isAnswered = true;
      });
    });
  }
}
