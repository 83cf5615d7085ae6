import type { adapterV1, runtimeV1 } from '@deephealth/proto';
import { type CallContext, DeepHealthError } from '@deephealth/sdk';
import type { Decision, PremiseSource, Question } from '../../expressif/decision.js';
import type { Given } from '../../expressif/oracle/rule-oracle.js';
import type { ServedRules } from '../../reference/expressif/expressif-reference.js';
import type { DecisionParts } from '../../reference/expressif/reference-decision.js';
import { decisions, type ExpressifMutant, service } from './expressif-mutant.js';

type Answer = runtimeV1.PredictResponse__Output;

const LONG_MS = 60_000;
const NOBODY = '0'.repeat(64);

/** How questions lead to the runtime and back. */
export const EXPRESSIF_SERVICE_MUTANTS: readonly ExpressifMutant[] = [
  service(
    'M-RULE-01',
    'lists one rule base of several',
    (S) =>
      class extends S {
        override bindings() {
          return super.bindings().slice(0, 1);
        }
      },
  ),
  service(
    'M-RULE-02',
    'lists rule bases without the package that they came in',
    (S) =>
      class extends S {
        override bindings(): adapterV1.Binding[] {
          return super.bindings().map(({ packageSha256: _, ...binding }) => binding);
        }
      },
  ),
  decisions(
    'M-RULE-03',
    'names no package in its decisions',
    (D) =>
      class extends D {
        override ruleBase(parts: DecisionParts) {
          return { ...super.ruleBase(parts), packageSha256: NOBODY };
        }
      },
  ),
  decisions(
    'M-RULE-04',
    'has one digest for all rules',
    (D) =>
      class extends D {
        override ruleBase(parts: DecisionParts) {
          return { ...super.ruleBase(parts), digest: NOBODY };
        }
      },
  ),
  service(
    'M-RULE-05',
    'has one id for all questions without one',
    (S) =>
      class extends S {
        override requestIdOf({ requestId = 'question' }: Question) {
          return requestId;
        }
      },
  ),
  service(
    'M-RULE-06',
    'answers under an id of its own',
    (S) =>
      class extends S {
        override requestIdOf() {
          return super.requestIdOf({ values: {} });
        }
      },
  ),
  service(
    'M-RULE-07',
    'asks the model for rules that do not read it, too',
    (S) =>
      class extends S {
        override async askModel(...args: Parameters<InstanceType<typeof S>['askModel']>) {
          const [served, , requestId, context] = args;
          const { name: modelName } = served.manifest;
          if (this.outputsOf(served).length === 0)
            await this.predict({ requestId, modelName }, context).catch(() => undefined);
          return super.askModel(...args);
        }
      },
  ),
  decisions(
    'M-RULE-08',
    'does not tell of rules that did not fire',
    (D) =>
      class extends D {
        override rules(...args: Parameters<InstanceType<typeof D>['rules']>) {
          return super.rules(...args).filter(({ fired }) => fired);
        }
      },
  ),
  service(
    'M-RULE-85',
    'does not say which package its rules were made for',
    (S) =>
      class extends S {
        override predict({ expectedPackageSha256: _, ...request }: runtimeV1.PredictRequest, context: CallContext) {
          return super.predict(request, context);
        }
      },
  ),
  service(
    'M-RULE-86',
    'does not look at whose answer it gets',
    (S) =>
      class extends S {
        override checkAnswer() {}
      },
  ),
  service(
    'M-RULE-87',
    'concludes without the model where it cannot be asked',
    (S) =>
      class extends S {
        override async askModel(...args: Parameters<InstanceType<typeof S>['askModel']>) {
          return super.askModel(...args).catch(() => undefined);
        }
      },
  ),
  service(
    'M-RULE-88',
    'calls every error of the runtime an internal one',
    (S) =>
      class extends S {
        override errorOf() {
          return new Error('The runtime failed.');
        }
      },
  ),
  decisions(
    'M-RULE-89',
    'keeps the warnings of the runtime to itself',
    (D) =>
      class extends D {
        override warnings() {
          return [];
        }
      },
  ),
  decisions(
    'M-RULE-90',
    'names the answer before as what stands behind an input',
    (D) =>
      class extends D {
        before: Record<string, PremiseSource> = {};
        latest = '';
        override sources(parts: DecisionParts) {
          const own = super.sources(parts);
          const told = Object.keys(this.before).length > 0 ? this.before : own;
          // The explanation asks a second time.
          if (this.latest === parts.requestId) this.before = own;
          this.latest = parts.requestId;
          return Object.keys(own).length > 0 ? { ...own, ...told } : own;
        }
      },
  ),
  service(
    'M-RULE-91',
    'names no answer of the runtime',
    (S) =>
      class extends S {
        override runsOf() {
          return [];
        }
      },
  ),
  service(
    'M-RULE-92',
    'remembers what it answered to the same question',
    (S) =>
      class extends S {
        readonly known = new Map<string, Promise<adapterV1.RunBindingResponse>>();
        override answer(served: ServedRules, input: Buffer, context: CallContext) {
          const key = `${served.id} ${input.toString('base64')}`;
          const answer = this.known.get(key) ?? super.answer(served, input, context);
          this.known.set(key, answer);
          return answer;
        }
      },
  ),
  service(
    'M-RULE-93',
    'keeps what one caller says where the next one keeps it, too',
    (S) =>
      class extends S {
        latest: Record<string, Given> = {};
        override async askModel(...args: Parameters<InstanceType<typeof S>['askModel']>) {
          const [{ bound, manifest }, question] = args;
          this.latest = this.questions.given(bound.variables, manifest, question, Date.now());
          return super.askModel(...args);
        }
        override evaluate(served: ServedRules, given: Readonly<Record<string, Given>>) {
          return super.evaluate(served, { ...given, ...this.latest });
        }
      },
  ),
  service(
    'M-RULE-94',
    'gives the runtime a minute whatever its caller gives',
    (S) =>
      class extends S {
        override timeOf(context: CallContext) {
          return { ...super.timeOf(context), deadlineMs: Date.now() + LONG_MS };
        }
      },
  ),
  service(
    'M-RULE-95',
    'goes on when nobody waits any more',
    (S) =>
      class extends S {
        override timeOf() {
          return { deadlineMs: Date.now() + LONG_MS, signal: new AbortController().signal };
        }
      },
  ),
  service(
    'M-RULE-96',
    'says in an error where the runtime is',
    (S) =>
      class extends S {
        override errorOf(error: DeepHealthError) {
          return new DeepHealthError(error.code, `${error.message} (${this.address})`);
        }
      },
  ),
  service(
    'M-RULE-97',
    'takes any number of questions at a time',
    (S) =>
      class extends S {
        override admit() {}
      },
  ),
  service(
    'M-RULE-98',
    'needs the runtime for rules that do not',
    (S) =>
      class extends S {
        override async answer(served: ServedRules, input: Buffer, context: CallContext) {
          await this.client.getServerInfo({ deadlineMs: 200 }).catch((thrown) => {
            throw this.errorOf(DeepHealthError.from(thrown));
          });
          return super.answer(served, input, context);
        }
      },
  ),
  service(
    'M-RULE-112',
    'asks the runtime twice',
    (S) =>
      class extends S {
        override async predict(request: runtimeV1.PredictRequest, context: CallContext): Promise<Answer> {
          await super.predict(request, context);
          return super.predict(request, context);
        }
      },
  ),
  decisions(
    'M-RULE-110',
    'rounds the degrees of rules',
    (D) =>
      class extends D {
        override rules(...args: Parameters<InstanceType<typeof D>['rules']>) {
          return super.rules(...args).map((one) => ({
            ...one,
            ...(one.degree !== undefined && { degree: Math.round(one.degree * 100) / 100 }),
          }));
        }
      },
  ),
  decisions(
    'M-RULE-114',
    'answers the same question in other words each time',
    (D) =>
      class extends D {
        count = 0;
        override write(parts: DecisionParts) {
          const decision = super.write(parts);
          return { ...decision, notice: `${decision.notice} (${++this.count})` } as typeof decision & Decision;
        }
      },
  ),
];
