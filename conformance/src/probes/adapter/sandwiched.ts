import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { runtimeV1 } from '@deephealth/proto';
import { toContractTensor } from '@deephealth/sdk';
import { NotJudged, TargetFailure } from '../../run/case-result.js';
import { ADAPTER_TIMES_MS } from '../../run/timeouts.js';
import type {
  PlatformEvent,
  PlatformPart,
  PlatformQuestion,
  PlatformRequest,
  PlatformResult,
} from '../../simulators/platform-simulator.js';
import type { ObservedCall, RuntimeBehaviour } from '../../targets/observing-runtime.js';
import type { Sandwich } from '../../targets/sandwich.js';
import { namedTensor } from '../../tensors/named-tensor.js';
import type { ProbeContext } from '../probe.js';
import { MADE_PROVENANCE } from './made-answers.js';

/** Asked over the contract where nothing else is said; its answer is made wherever it matters. */
export const MODEL = 'conformance-network';

/** An adapter between a runtime and a platform that the suite plays, with the words that cases need. */
export class Sandwiched {
  readonly context: ProbeContext;
  readonly runtime: Sandwich['runtime'];
  readonly platform: Sandwich['platform'];
  /** Number of the first call that this case can have caused. */
  readonly from: number;

  constructor(context: ProbeContext) {
    if (context.sandwich === undefined) throw new NotJudged('notApplicable', 'only an adapter has a platform in front');
    this.context = context;
    this.runtime = context.sandwich.runtime;
    this.platform = context.sandwich.platform;
    this.from = this.runtime.calls.length;
  }

  /** A wait, with the factor of this run. */
  within(name: keyof typeof ADAPTER_TIMES_MS): number {
    return ADAPTER_TIMES_MS[name] * (this.context.timeScale ?? 1);
  }

  /** An event that nobody else has, with one request unless others are given. */
  event(over: Partial<PlatformEvent> = {}): PlatformEvent {
    return { id: `event-${randomUUID()}`, subject: `subject-${randomUUID()}`, requests: [this.request()], ...over };
  }

  request(over: Partial<PlatformRequest> = {}): PlatformRequest {
    return { id: 'only', ...this.platform.asks[0], ...over };
  }

  /** Model that events of the platform ask about. */
  get model(): string {
    return this.platform.asks[0].model;
  }

  /** Another one, with its inputs. */
  get otherQuestion(): PlatformQuestion {
    return this.platform.asks[1];
  }

  /** For a case about results that the platform takes by themselves. */
  needsDeliveries(): void {
    if (this.platform.answersEvents) {
      throw new NotJudged(
        'notApplicable',
        'a result of the platform is the answer to its event, on the same connection',
      );
    }
  }

  /** Tells the adapter of an event, which it must take. */
  async tell(event: PlatformEvent): Promise<void> {
    const answer = await this.reach(() => this.platform.send(event));
    if (!answer.isAccepted) {
      throw new TargetFailure(`the adapter refuses an event of the platform: ${answer.error?.reason ?? 'no reason'}`);
    }
  }

  /** What the platform asks of the adapter; not to be reached is the adapter's fault. */
  async reach<T>(ask: () => Promise<T>): Promise<T> {
    try {
      return await ask();
    } catch (failed) {
      if (failed instanceof NotJudged) throw failed;
      throw new TargetFailure(`the adapter does not answer the platform: ${(failed as Error).message}`);
    }
  }

  /** The result of an event that was told. */
  async result({ id }: PlatformEvent): Promise<PlatformResult> {
    const withinMs = this.within('delivery');
    const result = await this.platform.waitForResult(id, withinMs);
    if (result === undefined) throw new TargetFailure(`the platform got no result within ${withinMs} ms`);
    return result;
  }

  /** Tells an event of one request, and gives what became of it: to refuse it at once, and say why, is an error as good. */
  async ask(event: PlatformEvent): Promise<PlatformPart> {
    const { isAccepted, error } = await this.reach(() => this.platform.send(event));
    if (isAccepted) return onlyPart(await this.result(event));
    return { request: '', requestId: '', findings: [], warnings: [], ...(error !== undefined && { error }) };
  }

  /** The call of Predict behind an answer that is there; TargetFailure if there was none. */
  asked(isWanted: (call: ObservedCall) => boolean = () => true): ObservedCall {
    const call = this.predicts().find(isWanted);
    if (call === undefined) throw new TargetFailure('the runtime was not asked');
    return call;
  }

  /** The call that an event or a client causes, once it comes to the runtime. */
  async comes(method = 'Predict'): Promise<ObservedCall> {
    const call = await this.runtime.waitFor((one) => one.method === method, {
      from: this.from,
      withinMs: this.within('delivery'),
    });
    if (call === undefined) throw new TargetFailure('the runtime was not asked');
    return call;
  }

  /** Until the runtime hears that nobody waits for a call any more; gives the time that it took, in ms. */
  async felt(call: ObservedCall, cancelledAt: number, who: string): Promise<number> {
    const withinMs = this.within('cancelObserved');
    await this.runtime.waitFor((one) => one === call && one.cancelledAt !== undefined, { from: this.from, withinMs });
    if (call.cancelledAt === undefined) {
      throw new TargetFailure(`the ${who} cancelled, and the runtime had not heard of it after ${withinMs} ms`);
    }
    return Math.round(call.cancelledAt - cancelledAt);
  }

  /** Calls of Predict since the case began. */
  predicts(): ObservedCall[] {
    return this.runtime.calls.slice(this.from).filter(({ method }) => method === 'Predict');
  }

  /** What a made answer about a model says of it. */
  provenanceOf(model: string) {
    const written = this.context.models.find((one) => one.model.name === model);
    const isOfPlatform = this.platform.asks.some((question) => question.model === model);
    if (this.platform.choosesPackages || !isOfPlatform || written === undefined) return MADE_PROVENANCE;
    // An adapter that was told of its packages may refuse the answer of another one.
    const { packageSha256, onnxSha256, manifest } = written;
    return { ...MADE_PROVENANCE, modelName: model, modelVersion: manifest.version, packageSha256, onnxSha256 };
  }

  /** With the runtime behaving so. */
  async whileRuntime<T>(behaviour: RuntimeBehaviour, run: () => Promise<T>): Promise<T> {
    const { model, answer } = behaviour;
    const isMade = model !== undefined && answer !== undefined && 'provenance' in answer;
    const undo = this.runtime.behave(
      isMade ? { ...behaviour, answer: { ...answer, provenance: this.provenanceOf(model) } } : behaviour,
    );
    try {
      return await run();
    } finally {
      undo();
    }
  }

  /** With nobody at the runtime's address; it is there again afterwards, and both faces have had time to find it. */
  async withoutRuntime<T>(run: () => Promise<T>): Promise<T> {
    this.runtime.goAway();
    try {
      return await run();
    } finally {
      await this.runtime.comeBack();
      await this.untilAnswered();
    }
  }

  /** Whether a question over one face is answered by the runtime now. */
  async works(face: 'contract' | 'platform'): Promise<boolean> {
    const known = this.runtime.calls.length;
    if (face === 'platform') {
      const { error } = await this.ask(this.event({ respondWithinMs: this.within('shortDeadline') }));
      return error === undefined && this.runtime.calls.length > known;
    }
    const inputs = [{ name: 'features', tensor: toContractTensor(namedTensor('noise1-1x16.fp32')) }];
    const request = { requestId: `try ${known}`, modelName: MODEL, inputs };
    const { status } = await this.context.client.call('Predict', request, this.within('shortDeadline'));
    return status === 'OK' && this.runtime.calls.length > known;
  }

  /** The same in the time that an adapter has to find its runtime again. */
  async worksWithin(face: 'contract' | 'platform'): Promise<boolean> {
    const end = performance.now() + this.within('reconnect');
    for (;;) {
      if (await this.works(face)) return true;
      if (performance.now() > end) return false;
      await delay(POLL_MS);
    }
  }

  /** Until both faces answer again, or the time is over: what comes after finds out by itself. */
  async untilAnswered(): Promise<void> {
    try {
      await this.worksWithin('contract');
      await this.worksWithin('platform');
    } catch {
      // An adapter that does not even take an event: what comes after says so.
    }
  }
}

/** Between two questions whether something has happened. */
export const POLL_MS = 25;

export function predictOf({ request }: ObservedCall): runtimeV1.PredictRequest__Output {
  return request as runtimeV1.PredictRequest__Output;
}

export function onlyPart({ parts }: PlatformResult): PlatformPart {
  const [part] = parts;
  if (part === undefined || parts.length !== 1) {
    throw new TargetFailure(`the platform got ${parts.length} parts for an event of one request`);
  }
  return part;
}

/** An error that says what it is, and no finding beside it. */
export function errorOf({ error, findings }: PlatformPart) {
  if (findings.length > 0) throw new TargetFailure('the platform got findings where the runtime gave none');
  if (error === undefined) throw new TargetFailure('the platform got neither findings nor an error');
  return error;
}

/** Findings, and no error beside them. */
export function findingsOf({ error, findings }: PlatformPart) {
  if (error !== undefined) throw new TargetFailure(`the platform got the error ${error.reason} instead of findings`);
  if (findings.length === 0) throw new TargetFailure('the platform got no findings');
  return findings;
}
