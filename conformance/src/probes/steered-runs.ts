import type { adapterV1 } from '@deephealth/proto';
import type { WrittenModel } from '../models/write-models.js';
import { TargetFailure } from '../run/case-result.js';
import { ADAPTER_TIMES_MS, TIMEOUTS_MS } from '../run/timeouts.js';
import { asReceived } from '../targets/channel-call.js';
import type { ObservedQuestion, SteeredRuntime } from '../targets/steered-runtime.js';
import type { SteeredTarget } from '../targets/steered-target.js';
import type { Outcome } from '../targets/target-client.js';
import type { ProbeContext } from './probe.js';

/** An adapter before a runtime that sees every question, with the words that cases of any platform need. */
export class SteeredRuns<Question extends ObservedQuestion, Runtime extends SteeredRuntime<Question>> {
  readonly context: ProbeContext;
  readonly runtime: Runtime;
  readonly runtimeAddress: string;
  readonly models: readonly WrittenModel[];
  /** Number of the first question that this case can have caused. */
  readonly from: number;

  constructor(context: ProbeContext, { runtime, runtimeAddress, models }: SteeredTarget<Runtime>) {
    this.context = context;
    this.runtime = runtime;
    this.runtimeAddress = runtimeAddress;
    this.models = models;
    this.from = runtime.questions.length;
  }

  /** A wait, with the factor of this run. */
  within(name: keyof typeof ADAPTER_TIMES_MS): number {
    return ADAPTER_TIMES_MS[name] * (this.context.timeScale ?? 1);
  }

  get callMs(): number {
    return TIMEOUTS_MS.load * (this.context.timeScale ?? 1);
  }

  /** Questions to the runtime since the case began. */
  get asked(): readonly Question[] {
    return this.runtime.questions.slice(this.from);
  }

  /** SHA-256 of the package of a model. */
  packageOf(model: string): string | undefined {
    return this.models.find((one) => one.model.name === model)?.packageSha256;
  }

  /** A refusal with one of these reasons, `STATUS / REASON`. */
  refusedAs({ status, reason, domain }: Outcome, expected: readonly string[]): string {
    const got = `${status} / ${reason}`;
    if (!expected.includes(got)) throw new TargetFailure(`expected ${expected.join(' or ')}, got ${got}`);
    if (domain !== 'deephealth') throw new TargetFailure('the refusal holds no ErrorInfo of the contract');
    return got;
  }

  /** The first question that comes to the runtime; TargetFailure if none does. */
  async comes(from = this.runtime.questions.length): Promise<Question> {
    const question = await this.runtime.waitFor(() => true, { from, withinMs: this.within('delivery') });
    if (question === undefined) throw new TargetFailure('the runtime was not asked');
    return question;
  }

  /** The answer to a call without fields. TargetFailure if it is refused. */
  async ask<Answer>(rpc: string): Promise<Answer> {
    const { status, response } = await this.context.client.call(rpc, {}, this.callMs);
    if (status !== 'OK') throw new TargetFailure(`${rpc}: expected OK, got ${status}`);
    return asReceived<Answer>(rpc, 'response', response as object);
  }

  /** What the adapter says of itself, which must be that it is for this platform and claims its profile. */
  async describesItself(platform: string): Promise<adapterV1.DescribeResponse__Output> {
    const said = await this.ask<adapterV1.DescribeResponse__Output>('Describe');
    if (said.platform !== platform) throw new TargetFailure(`it says that it is for the platform "${said.platform}"`);
    if (!said.profiles.includes(platform)) throw new TargetFailure(`it does not claim profile ${platform}`);
    return said;
  }

  /** Each of these bindings is listed with its package, what it takes and what it gives; gives how many there are. */
  async listsBindings(
    expected: readonly { readonly id: string; readonly model: string }[],
    takes: readonly string[],
    gives: string,
  ): Promise<number> {
    const { bindings } = await this.ask<adapterV1.ListBindingsResponse__Output>('ListBindings');
    for (const { id, model } of expected) {
      const found = bindings.find((one) => one.id === id);
      if (found === undefined) throw new TargetFailure(`it does not list ${id}`);
      const { modelName, modelVersion, packageSha256, inputMediaTypes, outputMediaType } = found;
      if (modelName !== model || modelVersion !== '1' || packageSha256 !== this.packageOf(model)) {
        throw new TargetFailure(`${id} is not listed with the model, version and package that it was made for`);
      }
      if (!takes.every((type) => inputMediaTypes.includes(type)) || outputMediaType !== gives) {
        throw new TargetFailure(`${id} does not take ${takes.join(' and ')}, or does not give ${gives}`);
      }
    }
    return bindings.length;
  }

  /** What the runtime saw of the time that the caller gave, in ms; TargetFailure if it was more. */
  seesNoMoreThan(deadlineMs: number, asked: readonly ObservedQuestion[]): string {
    const most = Math.max(...asked.map(({ remainingMs }) => remainingMs));
    if (!(most <= deadlineMs + this.within('deadlineTolerance') / 2)) {
      const seen = Number.isFinite(most) ? `${Math.round(most)} ms` : 'no deadline';
      throw new TargetFailure(`the caller gives ${deadlineMs} ms, and the runtime sees ${seen}`);
    }
    return `of ${deadlineMs} ms the runtime sees ${Math.round(most)} ms at most`;
  }
}
