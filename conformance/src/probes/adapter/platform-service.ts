import type { adapterV1 } from '@deephealth/proto';
import { NotJudged, TargetFailure } from '../../run/case-result.js';
import { TIMEOUTS_MS } from '../../run/timeouts.js';
import type { PlatformEvent, PlatformPart } from '../../simulators/platform-simulator.js';
import { asReceived } from '../../targets/channel-call.js';
import type { Outcome } from '../../targets/target-client.js';
import type { ProbeContext } from '../probe.js';
import { onlyPart, Sandwiched } from './sandwiched.js';

export type Bindings = readonly adapterV1.Binding__Output[];
/** What a run is asked with, where it is not what the platform would send. */
export type RunChanges = Partial<adapterV1.RunBindingRequest> & { readonly authorization?: string | undefined };

/** An adapter between a runtime and a platform that serves `PlatformAdapter`, too. */
export class ServedPlatform extends Sandwiched {
  /** NotJudged where the adapter does not serve it: it is optional, and what is served is served whole. */
  static async of(context: ProbeContext): Promise<ServedPlatform> {
    const served = new ServedPlatform(context);
    const [described, listed] = await Promise.all([served.call('Describe'), served.call('ListBindings')]);
    if (described.status !== 'UNIMPLEMENTED') return served;
    if (listed.status !== 'UNIMPLEMENTED') throw new TargetFailure('it lists bindings, and does not describe itself');
    throw new NotJudged('unsupported', 'the adapter does not serve deephealth.adapter.v1.PlatformAdapter');
  }

  get callMs(): number {
    return TIMEOUTS_MS.call * (this.context.timeScale ?? 1);
  }

  call(rpc: string, message: object = {}, more: Readonly<Record<string, string>> = {}): Promise<Outcome> {
    return this.context.client.call(rpc, message, this.callMs, more);
  }

  /** The answer to a question of no input, with every field by default; TargetFailure if there is none. */
  async answer<Answer>(rpc: string): Promise<Answer> {
    const { status, reason, response } = await this.call(rpc);
    if (status !== 'OK') throw new TargetFailure(`${rpc}: expected OK, got ${status} ${reason}`);
    return asReceived<Answer>(rpc, 'response', response as object);
  }

  async bindings(): Promise<Bindings> {
    const { bindings } = await this.answer<adapterV1.ListBindingsResponse__Output>('ListBindings');
    if (bindings.length === 0) throw new TargetFailure('it lists no binding');
    return bindings;
  }

  /** The binding that leads to what events of the platform ask about. */
  async binding(): Promise<adapterV1.Binding__Output> {
    const found = (await this.bindings()).find(({ modelName }) => modelName === this.model);
    if (found === undefined) throw new TargetFailure(`it lists no binding to ${this.model}`);
    return found;
  }

  /** Runs an event of the platform through its binding, as the platform would show itself unless it is said. */
  run({ id }: adapterV1.Binding__Output, event: PlatformEvent, changes: RunChanges = {}): Promise<Outcome> {
    const { input, mediaType, authorization } = this.platform.asRun(event, changes.bindingId ?? id);
    const { authorization: shown, ...fields } = { authorization, ...changes };
    const message = { bindingId: id, input, mediaType, ...fields };
    return this.call('RunBinding', message, shown === undefined ? {} : { authorization: shown });
  }

  /** What a run gives; TargetFailure if it is refused. */
  async ran(binding: adapterV1.Binding__Output, event: PlatformEvent, changes: RunChanges = {}): Promise<Ran> {
    const { status, reason, response } = await this.run(binding, event, changes);
    if (status !== 'OK') throw new TargetFailure(`RunBinding: expected OK, got ${status} ${reason}`);
    const said = asReceived<adapterV1.RunBindingResponse__Output>('RunBinding', 'response', response as object);
    return { ...said, part: onlyPart(this.platform.readRun(event, said.output)) };
  }
}

export interface Ran extends adapterV1.RunBindingResponse__Output {
  /** What the output says. */
  readonly part: PlatformPart;
}
