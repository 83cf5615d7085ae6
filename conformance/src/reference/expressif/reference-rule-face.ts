import { type CallContext, DeepHealthError, ERROR_CATALOG } from '@deephealth/sdk';
import { rulesOf } from '../../expressif/oracle/read-rules.js';
import type { JsonAnswer, JsonRequest } from '../../simulators/http-json.js';
import { digestOf, type ExpressifReference, type ServedRules } from './expressif-reference.js';
import { ruleId } from './reference-explanation.js';

/** Changes of rules, as much of them as the reference makes. */
interface Edit {
  readonly changes: readonly { readonly kind: string; readonly id: string; readonly weight: number }[];
  readonly ifVersion?: number;
}

const ROOT = '/v1/rule-bases';
const PLACE = /^\/v1\/rule-bases\/(?<id>[^/]+\/[^/]+\/[^/]+?)(?:\/(?<what>decisions|edits))?$/;
const STATUS: Readonly<Record<string, number>> = {
  ...{ INVALID_ARGUMENT: 400, UNAUTHENTICATED: 401, PERMISSION_DENIED: 403, NOT_FOUND: 404, ABORTED: 409 },
  ...{ FAILED_PRECONDITION: 422, RESOURCE_EXHAUSTED: 429, UNAVAILABLE: 503, DEADLINE_EXCEEDED: 504 },
};

/** The face over HTTP of the reference adapter. Each answer is a method of its own, so that a mutant can change it. */
export class ReferenceRuleFace {
  readonly service: ExpressifReference;

  constructor(service: ExpressifReference) {
    this.service = service;
  }

  async handle(request: JsonRequest): Promise<JsonAnswer> {
    try {
      return await this.answer(request);
    } catch (thrown) {
      return this.refusal(DeepHealthError.from(thrown));
    }
  }

  async answer({ method, path, headers, body, signal }: JsonRequest): Promise<JsonAnswer> {
    if (method === 'GET' && path === ROOT) return { status: 200, body: { ruleBases: this.list() } };
    const { id, what } = PLACE.exec(path)?.groups ?? {};
    const served = this.service.servedAs(decodeURIComponent(id ?? ''));
    if (method === 'GET' && what === undefined) return { status: 200, body: this.detail(served) };
    if (method === 'POST' && what === 'decisions') {
      return { status: 200, text: await this.decide(served, body, { signal, deadlineMs: Number.POSITIVE_INFINITY }) };
    }
    if (method !== 'POST' || what !== 'edits') return { status: 404 };
    this.checkKey(headers.authorization);
    return { status: 200, body: this.edit(served, JSON.parse(body) as Edit) };
  }

  refusal({ code, message, details }: DeepHealthError): JsonAnswer {
    return { status: STATUS[ERROR_CATALOG[code].grpc] ?? 500, body: { error: { code, message, details } } };
  }

  list() {
    return this.service.served.map(({ id }) => this.summary(this.service.servedAs(id)));
  }

  summary({ id, bound, version, digest, rules, manifest, packageSha256 }: ServedRules) {
    return {
      ...{ id, title: bound.title, version, digest },
      model: { name: manifest.name, version: manifest.version, packageSha256, intendedUse: manifest.intendedUse },
      rules: rulesOf(rules).length,
      inputs: rules.inputs.map(({ name }) => name),
      outputs: rules.outputs.map(({ name }) => name),
    };
  }

  detail(served: ServedRules) {
    const { bound, rules } = served;
    return {
      ...this.summary(served),
      inputs: rules.inputs.map(({ name }) => ({ name, ...bound.variables[name] })),
      outputs: rules.outputs.map(({ name }) => ({ name, ...bound.outputs?.[name] })),
      blocks: rules.blocks.map((block) => ({
        name: block.name,
        rules: block.rules.map(({ number, text, weight }) => ({ id: this.idOf(number), enabled: true, weight, text })),
      })),
    };
  }

  idOf(number: number): string {
    return ruleId(number);
  }

  async decide(served: ServedRules, body: string, context: CallContext): Promise<string> {
    return String((await this.service.answer(served, Buffer.from(body), context)).output);
  }

  checkKey(authorization = ''): void {
    if (authorization === `Bearer ${this.service.settings.editKey}`) return;
    throw new DeepHealthError('DH_CALLER_UNAUTHENTICATED', 'The caller did not prove that it may change rules.');
  }

  edit(served: ServedRules, { changes, ifVersion }: Edit): { readonly version: number; readonly digest: string } {
    this.checkVersion(served, ifVersion);
    const all = rulesOf(served.rules).map(({ number }) => ruleId(number));
    this.checkChanges(changes.every(({ id, kind }) => all.includes(id) && kind === 'set-weight'));
    const weights = new Map(changes.map(({ id, weight }) => [id, weight]));
    const blocks = served.rules.blocks.map((block) => ({
      ...block,
      rules: block.rules.map((rule) => ({ ...rule, weight: weights.get(ruleId(rule.number)) ?? rule.weight })),
    }));
    const rules = { ...served.rules, blocks };
    const digest = this.digestOf(served, JSON.stringify(rules));
    const version = served.version + 1;
    this.keep({ ...served, rules, version, digest });
    return { version, digest };
  }

  checkVersion({ version }: ServedRules, ifVersion = version): void {
    if (ifVersion !== version) throw new DeepHealthError('DH_PLATFORM_CONFLICT', 'The rules are of another version.');
  }

  checkChanges(areKnown: boolean): void {
    if (!areKnown) throw new DeepHealthError('DH_REQUEST_MALFORMED', 'A change is of no rule, or of another kind.');
  }

  digestOf(_: ServedRules, text: string): string {
    return digestOf(text);
  }

  keep(served: ServedRules): void {
    this.service.changed.set(served.id, served);
  }
}
