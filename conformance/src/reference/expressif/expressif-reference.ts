import { createHash, randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type adapterV1, CONTRACT_VERSIONS, type runtimeV1 } from '@deephealth/proto';
import {
  type CallContext,
  checkBindings,
  createRuntimeClient,
  DeepHealthError,
  ERROR_CATALOG,
  type Manifest,
  type RuntimeClient,
} from '@deephealth/sdk';
import type { Question } from '../../expressif/decision.js';
import type { BoundRuleBase, ExpressifBinding } from '../../expressif/expressif-binding.js';
import { type OracleRules, readRules } from '../../expressif/oracle/read-rules.js';
import { RelationOracle } from '../../expressif/oracle/relations.js';
import { type Evaluated, type Given, RuleOracle } from '../../expressif/oracle/rule-oracle.js';
import { PremiseOracle } from '../../expressif/premise-oracle.js';
import type { ExpressifSettings } from '../../expressif/write-expressif-folder.js';
import { SUITE_VERSION } from '../../version.js';
import { type DecisionParts, ReferenceDecision } from './reference-decision.js';
import { ReferenceExplanation } from './reference-explanation.js';
import { ReferenceQuestions } from './reference-questions.js';
import type { ReferenceRuleFace } from './reference-rule-face.js';
import { type Language, ReferenceTexts } from './reference-texts.js';

/** What the service is made of; a mutant replaces one. */
export interface ExpressifParts {
  readonly Oracle?: typeof RuleOracle;
  readonly Relations?: typeof RelationOracle;
  readonly Premises?: typeof PremiseOracle;
  readonly Questions?: typeof ReferenceQuestions;
  readonly Decisions?: typeof ReferenceDecision;
  readonly Explanations?: typeof ReferenceExplanation;
  readonly Texts?: typeof ReferenceTexts;
  readonly Service?: typeof ExpressifReference;
  readonly Face?: typeof ReferenceRuleFace;
}

/** A rule base that questions are put to. */
export interface ServedRules {
  readonly id: string;
  readonly bound: BoundRuleBase;
  readonly rules: OracleRules;
  readonly manifest: Manifest;
  readonly packageSha256: string;
  /** Counts changes; 1 is what the package holds. */
  readonly version: number;
  /** Of the rules as they are. */
  readonly digest: string;
}

type Answer = runtimeV1.PredictResponse__Output;

const JSON_TYPE = 'application/json';
const ASK_MS = 1_000;

/**
 * `PlatformAdapter` for rule bases in its plainest form: the suite's own evaluation of its own packages. Each
 * behaviour is a method of its own, so that a mutant can change one of them and nothing else.
 */
export class ExpressifReference {
  readonly settings: ExpressifSettings;
  readonly client: RuntimeClient;
  /** Of the runtime. */
  readonly address: string;
  readonly served: readonly ServedRules[];
  readonly oracle: RuleOracle;
  readonly premises: PremiseOracle;
  readonly questions: ReferenceQuestions;
  readonly decisions: ReferenceDecision;
  readonly explanations: ReferenceExplanation;
  readonly texts: ReferenceTexts;
  /** What it has written. */
  readonly log: string[] = [];
  /** Rule bases that were changed since they were read, by their ids. */
  readonly changed = new Map<string, ServedRules>();
  underWay = 0;

  constructor(settings: ExpressifSettings, runtime: string, parts: ExpressifParts = {}) {
    const { Oracle = RuleOracle, Relations = RelationOracle, Premises = PremiseOracle } = parts;
    const { Questions = ReferenceQuestions, Decisions = ReferenceDecision } = parts;
    const { Explanations = ReferenceExplanation, Texts = ReferenceTexts } = parts;
    this.settings = settings;
    this.address = runtime;
    this.client = createRuntimeClient({ address: runtime });
    this.served = [...settings.packages, ...settings.relationPackages].flatMap(readPackage);
    this.oracle = new Oracle();
    this.premises = new Premises(new Relations());
    this.questions = new Questions();
    this.decisions = new Decisions();
    this.explanations = new Explanations(this.oracle);
    this.texts = new Texts();
  }

  async describe(): Promise<adapterV1.DescribeResponse> {
    const info = await this.client.getServerInfo({ deadlineMs: ASK_MS }).catch(() => undefined);
    return {
      ...{ name: 'deephealth-conformance-expressif', version: SUITE_VERSION, platform: 'expressif' },
      ...{ standards: [], profiles: ['adapter-common', 'expressif'], contractVersions: [...CONTRACT_VERSIONS] },
      capabilities: ['explanation', 'relations'],
      ...(info && { runtime: { name: info.name, version: info.version, engine: info.engine } }),
    };
  }

  bindings(): adapterV1.Binding[] {
    return this.served.map(({ id, manifest: { name, version }, packageSha256, bound }) => ({
      ...{ id, modelName: name, modelVersion: version, packageSha256, entryPoint: `rule base ${bound.label}` },
      ...{ inputMediaTypes: [JSON_TYPE], outputMediaType: JSON_TYPE },
    }));
  }

  async health(): Promise<adapterV1.CheckHealthResponse> {
    const models = this.served.map(({ manifest: { name, version }, packageSha256 }) => ({
      name,
      version,
      packageSha256,
    }));
    const found = await checkBindings(models, this.client);
    return {
      state: 'ADAPTER_STATE_SERVING',
      bindings: this.served.map(({ id }, index) => {
        const state = found[index]?.state ?? 'RUNTIME_UNREACHABLE';
        const reason = state === 'READY' ? '' : 'The runtime would not answer now.';
        return { bindingId: id, state: `BINDING_STATE_${state}` as const, reason };
      }),
    };
  }

  async run(request: adapterV1.RunBindingRequest__Output, context: CallContext): Promise<adapterV1.RunBindingResponse> {
    const served = this.servedAs(request.bindingId);
    this.checkMediaType(request.mediaType);
    this.admit();
    this.underWay++;
    try {
      return await this.answer(served, request.input, context);
    } finally {
      this.underWay--;
    }
  }

  async answer(served: ServedRules, input: Buffer, context: CallContext): Promise<adapterV1.RunBindingResponse> {
    const { bound, manifest } = served;
    this.note(served, input);
    const question = this.questions.parse(input);
    const requestId = this.requestIdOf(question);
    const atMs = this.questions.momentOf(question);
    const given = this.questions.given(bound.variables, manifest, question, atMs);
    const answer = await this.askModel(served, question, requestId, context);
    const premises = answer === undefined ? new Map() : this.premises.premises(bound.variables, answer);
    const ofModel = Object.fromEntries([...premises].map(([name, one]) => [name, one.given]));
    const evaluated = this.evaluate(served, { ...given, ...ofModel });
    const parts: DecisionParts = {
      ...{ ...served, requestId, atMs, evaluated, premises },
      ...(answer !== undefined && { answer }),
    };
    const decision = { ...this.decisions.write(parts), ...this.reasons(question, parts) };
    return { output: Buffer.from(JSON.stringify(decision)), mediaType: JSON_TYPE, runs: this.runsOf(answer) };
  }

  evaluate({ rules, bound }: ServedRules, given: Readonly<Record<string, Given>>): Evaluated {
    return this.oracle.evaluate(rules, given, { extend: bound.outOfRange === 'extend' });
  }

  reasons({ explain = true, languages = ['en'] }: Question, parts: DecisionParts) {
    if (!explain) return { text: {} };
    const { rules, evaluated } = parts;
    const explanation = this.explanations.explain({ rules, evaluated, sources: this.decisions.sources(parts) });
    const text = (languages as Language[]).map((one) => [one, this.texts.text(explanation, evaluated, one)]);
    return { explanation, text: Object.fromEntries(text) };
  }

  requestIdOf({ requestId }: Question): string {
    return requestId ?? randomUUID();
  }

  /** The outputs that rules read; undefined where none reads the model. */
  async askModel(
    served: ServedRules,
    question: Question,
    requestId: string,
    context: CallContext,
  ): Promise<Answer | undefined> {
    const { manifest, packageSha256 } = served;
    const outputs = this.outputsOf(served);
    if (outputs.length === 0) return undefined;
    const inputs = this.questions.modelInputs(manifest, question);
    const request = {
      ...{ requestId, modelName: manifest.name, modelVersion: manifest.version },
      ...{ expectedPackageSha256: packageSha256, inputs, outputs },
    };
    const answer = await this.predict(request, context);
    this.checkAnswer(answer, requestId, packageSha256);
    return answer;
  }

  outputsOf({ bound }: ServedRules): string[] {
    return [...new Set(Object.values(bound.variables).flatMap(({ model }) => model?.output ?? []))];
  }

  async predict(request: runtimeV1.PredictRequest, context: CallContext): Promise<Answer> {
    const { deadlineMs, signal } = this.timeOf(context);
    const settings = {
      signal,
      ...(Number.isFinite(deadlineMs) && { deadlineMs: Math.max(1, deadlineMs - Date.now()) }),
    };
    return this.client.predict(request, settings).catch((thrown) => {
      throw this.errorOf(DeepHealthError.from(thrown));
    });
  }

  checkAnswer({ provenance, requestId }: Answer, asked: string, packageSha256: string): void {
    if (provenance?.packageSha256 === packageSha256 && requestId === asked) return;
    throw new DeepHealthError('DH_RESPONSE_INVALID', 'The runtime answered for another package or request.');
  }

  servedAs(bindingId: string): ServedRules {
    const served = this.served.find(({ id }) => id === bindingId);
    if (served !== undefined) return this.changed.get(bindingId) ?? served;
    throw new DeepHealthError('DH_BINDING_NOT_FOUND', 'There is no rule base of this id.');
  }

  checkMediaType(sent: string): void {
    if (sent.split(';')[0]?.trim().toLowerCase() === JSON_TYPE) return;
    throw new DeepHealthError('DH_MEDIA_TYPE_UNSUPPORTED', 'A question is JSON.');
  }

  admit(): void {
    if (this.underWay < this.settings.maxInFlight) return;
    throw new DeepHealthError('DH_QUEUE_FULL', 'As many questions as are taken at a time are under way.', {
      retryAfterMs: 1_000,
    });
  }

  /** A question is known by its size, and not by what it says. */
  note({ id }: ServedRules, input: Buffer): void {
    this.log.push(`a question of ${input.length} bytes to ${id}`);
  }

  timeOf({ deadlineMs, signal }: CallContext): { deadlineMs: number; signal: AbortSignal } {
    return { deadlineMs, signal };
  }

  /** The runtime's own; what the way to it raises in words that give nothing of it away. */
  errorOf(error: DeepHealthError): Error {
    return error.code === 'DH_CONNECT_FAILED' ? new DeepHealthError(error.code, ERROR_CATALOG[error.code].docs) : error;
  }

  runsOf(answer: Answer | undefined): adapterV1.ModelRun[] {
    return answer === undefined ? [] : [{ requestId: answer.requestId, provenance: answer.provenance }];
  }

  stop(): void {
    this.client.close();
  }
}

/** SHA-256 of a text. */
export function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** Rule bases that were read, by the digest of their package and their label: one of ten thousand rules is read once. */
const READ = new Map<string, OracleRules>();

function readPackage(folder: string): ServedRules[] {
  const manifest = JSON.parse(readFileSync(join(folder, 'model.json'), 'utf8')) as Manifest;
  const packageSha256 = createHash('sha256')
    .update(readFileSync(join(folder, 'SHA256SUMS')))
    .digest('hex');
  const binding = JSON.parse(readFileSync(join(folder, 'bindings', 'expressif.json'), 'utf8')) as ExpressifBinding;
  return binding.ruleBases.map((bound) => {
    const text = readFileSync(join(folder, bound.rules), 'utf8');
    const key = `${packageSha256} ${bound.label}`;
    const rules = READ.get(key) ?? readRules(text);
    READ.set(key, rules);
    const id = `${manifest.name}/${manifest.version}/${bound.label}`;
    return { ...{ id, bound, rules, manifest, packageSha256 }, version: 1, digest: digestOf(text) };
  });
}
