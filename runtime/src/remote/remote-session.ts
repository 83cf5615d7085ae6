import { randomUUID } from 'node:crypto';
import { DeepHealthError, type Manifest, type RawTensor, type RemoteSpec, type TensorSpec } from '@deephealth/sdk';
import { shorten } from '../admission/admit-request.js';
import type { ModelSession, SessionRun } from '../host/model-session.js';
import { BackendHealth } from './backend-health.js';
import { CircuitBreaker, type CircuitState } from './circuit-breaker.js';
import { type Clock, systemClock } from './clock.js';
import { EncodingNegotiation } from './encoding-negotiation.js';
import type { InferReply } from './infer-reply.js';
import { OpenInferenceClient } from './open-inference-client.js';
import { checkRegularly } from './regular-check.js';
import { isRemoteTimeout, isServerTrouble } from './remote-failure.js';
import { remoteMismatch } from './remote-mismatch.js';
import { RemoteModel } from './remote-model.js';
import { checkRemoteTarget, type RemoteTarget } from './remote-target.js';
import { remoteEngine } from './server-identity.js';

const POLL_MS = 2_000;

const CONNECTED_ANEW =
  'The connection to the inference server was lost; what answers now is verified before it serves. Repeat the request.';
const KEEPS_FAILING = 'The inference server failed several runs in a row; it is asked again after a pause.';

interface Parts {
  readonly client: OpenInferenceClient;
  readonly model: RemoteModel;
  readonly engine: string;
  readonly extensions: readonly string[];
  readonly target: Required<RemoteTarget>;
  readonly clock: Clock;
  onHealth(isServing: boolean, reason: string): void;
}

/** A model that another server computes over the Open Inference Protocol. */
export class RemoteSession implements ModelSession {
  readonly engine: string;
  readonly provider = 'remote';
  readonly concurrency: number;
  readonly #client: OpenInferenceClient;
  readonly #model: RemoteModel;
  readonly #timeoutMs: number;
  readonly #negotiation: EncodingNegotiation;
  readonly #health: BackendHealth;
  readonly #breaker: CircuitBreaker;
  readonly #stopPolling: () => void;
  /** Version that the first reply came from, where the manifest leaves it to the server. */
  #version = '';
  /** The connection over which the server has shown what it is. */
  readonly #connection: number;
  #underWay = 0;

  private constructor({ client, model, engine, extensions, target, clock, onHealth }: Parts) {
    this.engine = engine;
    this.concurrency = target.concurrency;
    this.#client = client;
    this.#connection = client.connections;
    this.#model = model;
    this.#timeoutMs = target.timeoutMs;
    this.#negotiation = new EncodingNegotiation(extensions);
    this.#health = new BackendHealth(onHealth);
    this.#breaker = new CircuitBreaker({
      clock,
      isTrouble: isServerTrouble,
      probe: () => this.#probe(),
      onChange: (state) => this.#onCircuit(state),
    });
    this.#stopPolling = checkRegularly(clock, POLL_MS, () => this.#poll());
    client.onConnection(() => {
      this.#health.set('connection', CONNECTED_ANEW);
      void this.#poll();
    });
  }

  /**
   * Connects, and holds what the server says of the model against the manifest.
   *
   * Throws DH_CONFIG_INVALID for an address of another form, DH_REMOTE_UNAVAILABLE if the server does
   * not answer or the model is not ready, DH_REMOTE_FAILED if the server refuses, DH_REMOTE_MISMATCH
   * if its model has other tensors.
   *
   * @param onHealth Told when the server stops or begins to serve, with a sentence for people; not
   *   at first, when it serves, and not after {@link release}.
   */
  static async connect(
    spec: RemoteSpec,
    target: RemoteTarget,
    tensors: Manifest['tensors'],
    onHealth: (isServing: boolean, reason: string) => void,
    clock: Clock = systemClock,
  ): Promise<RemoteSession> {
    const checked = checkRemoteTarget(target);
    const client = new OpenInferenceClient(checked.address, checked.maxMessageBytes);
    try {
      const model = new RemoteModel(client, spec, tensors, checked.timeoutMs);
      const server = await model.server();
      // Before it is asked whether it is ready: not every server answers that for an unknown model.
      await model.compare();
      await model.checkReady();
      return new RemoteSession({
        client,
        model,
        engine: remoteEngine(server),
        extensions: server?.extensions ?? [],
        target: checked,
        clock,
        onHealth,
      });
    } catch (error) {
      client.close();
      throw error;
    }
  }

  /** Throws DH_REMOTE_UNAVAILABLE, DH_REMOTE_FAILED or DH_REMOTE_MISMATCH. Values are not judged here. */
  async run(inputs: Readonly<Record<string, RawTensor>>, outputs: readonly TensorSpec[]): Promise<SessionRun> {
    this.#checkConnection();
    return this.#breaker.run(async () => {
      this.#underWay += 1;
      try {
        const deadlineAt = Date.now() + this.#timeoutMs;
        const { tensors } = await this.#negotiation.infer(inputs, async (encoding) => {
          const reply = await this.#model.infer({ id: randomUUID(), inputs, outputs }, encoding, deadlineAt);
          this.#checkConnection();
          this.#checkVersion(reply);
          return reply;
        });
        return { tensors };
      } finally {
        this.#underWay -= 1;
      }
    });
  }

  /** Ends runs under way with DH_REMOTE_UNAVAILABLE, all timers, and the connection. */
  async release(): Promise<void> {
    this.#stopPolling();
    this.#breaker.stop();
    this.#health.stop();
    this.#client.close();
  }

  /**
   * A server that was restarted, however quickly, may compute something else by now: no value of it
   * is given to anybody before the golden cases have passed again, in a session of their own.
   */
  #checkConnection(): void {
    if (this.#client.connections === this.#connection) return;
    throw new DeepHealthError('DH_REMOTE_UNAVAILABLE', CONNECTED_ANEW);
  }

  /**
   * The golden cases ran on the version that answered first. A server that was left the choice may
   * choose another one later, and nothing is known of that one.
   */
  #checkVersion({ version }: InferReply): void {
    if (version === '') return;
    if (this.#version === '') this.#version = version;
    if (this.#version === version) {
      this.#health.set('version', undefined);
      return;
    }
    const problem = `The inference server now computes with version "${shorten(version)}" of the model; "${shorten(this.#version)}" was verified. Verify the model again, or name a version under "remote" in the manifest.`;
    this.#health.set('version', problem);
    throw remoteMismatch(problem, {
      field: 'modelVersion',
      expected: shorten(this.#version),
      received: shorten(version),
    });
  }

  #onCircuit(state: CircuitState): void {
    // The probe that closed the circuit has found out what a poll would.
    if (state === 'closed') {
      this.#health.set('connection', undefined);
      this.#health.set('poll', undefined);
    }
    this.#health.set('circuit', state === 'closed' ? undefined : KEEPS_FAILING);
  }

  async #probe(): Promise<void> {
    // The old connection may be dead without either end knowing.
    this.#client.reconnect();
    await this.#model.probe();
  }

  async #poll(): Promise<void> {
    // An open circuit has its own probe.
    if (this.#breaker.state !== 'closed') return;
    try {
      await this.#model.checkReady();
      // A server that comes back may have come back with another model.
      if (!this.#health.isServing) await this.#model.compare();
      this.#health.set('connection', undefined);
      this.#health.set('poll', undefined);
    } catch (thrown) {
      if (isRemoteTimeout(thrown)) {
        // A server that computes may be too busy to say so; the deadline of the run will tell.
        if (this.#underWay > 0) return;
        this.#client.reconnect();
      }
      this.#health.set('poll', DeepHealthError.from(thrown).message);
    }
  }
}
