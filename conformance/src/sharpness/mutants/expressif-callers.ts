import { type CallContext, DeepHealthError, type Manifest } from '@deephealth/sdk';
import { CANARIES } from '../../expressif/bad-questions.js';
import type { Plain, Question } from '../../expressif/decision.js';
import type { ServedRules } from '../../reference/expressif/expressif-reference.js';
import type { Variables } from '../../reference/expressif/reference-questions.js';
import { type ExpressifMutant, questions, service } from './expressif-mutant.js';

type Questions = Parameters<Parameters<typeof questions>[2]>[0];
type NumberOf = Parameters<InstanceType<Questions>['numberOf']>;

/** How what callers say is read. */
export const EXPRESSIF_CALLER_MUTANTS: readonly ExpressifMutant[] = [
  questions(
    'M-RULE-60',
    'takes a value in any unit',
    (Q) =>
      class extends Q {
        override checkUnit(expected: string, unit: string | undefined, name: string) {
          super.checkUnit(expected, unit === undefined ? undefined : expected, name);
        }
      },
  ),
  questions(
    'M-RULE-61',
    'takes a value without a unit for one in the right unit',
    (Q) =>
      class extends Q {
        override checkUnit(expected: string, unit: string | undefined, name: string) {
          super.checkUnit(expected, unit ?? expected, name);
        }
      },
  ),
  questions(
    'M-RULE-59',
    'numbers categories by the alphabet',
    (Q) =>
      class extends Q {
        override categoryOf(numbers: Readonly<Record<string, number>>, value: Plain, name: string) {
          const sorted = Object.keys(numbers).sort();
          return super.categoryOf(Object.fromEntries(sorted.map((one, index) => [one, index])), value, name);
        }
      },
  ),
  questions(
    'M-RULE-62',
    'takes a category that it does not know for the first',
    (Q) =>
      class extends Q {
        override unknownCategory(numbers: Readonly<Record<string, number>>) {
          return Object.values(numbers)[0] ?? 0;
        }
      },
  ),
  questions(
    'M-RULE-63',
    'takes a category for another that is written like it',
    (Q) =>
      class extends Q {
        override categoryOf(numbers: Readonly<Record<string, number>>, value: Plain, name: string) {
          return super.categoryOf(numbers, typeof value === 'string' ? value.toLowerCase() : value, name);
        }
      },
  ),
  questions(
    'M-RULE-64',
    'takes a number for a category',
    (Q) =>
      class extends Q {
        override numberForCategory(value: number) {
          return value;
        }
      },
  ),
  questions(
    'M-RULE-65',
    'takes a value however old it is',
    (Q) =>
      class extends Q {
        override isOld(...args: Parameters<InstanceType<Questions>['isOld']>) {
          super.isOld(...args);
          return false;
        }
      },
  ),
  questions(
    'M-RULE-66',
    'takes a value without a time for a new one',
    (Q) =>
      class extends Q {
        override withoutTime() {
          return false;
        }
      },
  ),
  questions(
    'M-RULE-67',
    'takes a value of a later moment than the decision',
    (Q) =>
      class extends Q {
        override checkFuture() {}
      },
  ),
  questions(
    'M-RULE-68',
    'ignores names that it does not know',
    (Q) =>
      class extends Q {
        override checkNames(variables: Variables, manifest: Manifest, said: readonly string[]) {
          super.checkNames(
            variables,
            manifest,
            said.filter((name) => Object.hasOwn(variables, name)),
          );
        }
      },
  ),
  questions(
    'M-RULE-69',
    'overlooks what a caller says beside the model',
    (Q) =>
      class extends Q {
        override checkNames(variables: Variables, manifest: Manifest, said: readonly string[]) {
          super.checkNames(
            variables,
            manifest,
            said.filter((name) => variables[name]?.model === undefined),
          );
        }
      },
  ),
  questions(
    'M-RULE-70',
    'takes the last of what is said twice',
    (Q) =>
      class extends Q {
        override checkRepeated() {}
      },
  ),
  questions(
    'M-RULE-71',
    'reads numbers from texts',
    (Q) =>
      class extends Q {
        override numberOf(...[variable, entry, name]: NumberOf) {
          const number = typeof entry.value === 'string' ? Number(entry.value) : Number.NaN;
          return super.numberOf(variable, Number.isNaN(number) ? entry : { ...entry, value: number }, name);
        }
      },
  ),
  questions(
    'M-RULE-72',
    'takes a truth for 1',
    (Q) =>
      class extends Q {
        override numberOf(...[variable, entry, name]: NumberOf) {
          const isTruth = typeof entry.value === 'boolean' && variable.numbers === undefined;
          return super.numberOf(variable, isTruth ? { ...entry, value: Number(entry.value) } : entry, name);
        }
      },
  ),
  questions(
    'M-RULE-73',
    'takes a number that no machine holds for the largest there is',
    (Q) =>
      class extends Q {
        override documentOf(text: string) {
          return JSON.parse(JSON.stringify(super.documentOf(text)), (_, value) => value ?? Number.MAX_VALUE);
        }
      },
  ),
  questions(
    'M-RULE-74',
    'repairs texts that are not UTF-8',
    (Q) =>
      class extends Q {
        override textOf(body: Uint8Array) {
          return Buffer.from(body)
            .toString('utf8')
            .replace(/[^\x20-\x7e]+/g, 'floor');
        }
      },
  ),
  questions(
    'M-RULE-75',
    'ignores fields that it does not know',
    (Q) =>
      class extends Q {
        override checkForm(document: unknown) {
          const { values, inputs, at, languages, explain, requestId } = Object(document);
          super.checkForm(JSON.parse(JSON.stringify({ values, inputs, at, languages, explain, requestId })));
        }
      },
  ),
  service(
    'M-RULE-76',
    'repeats in a refusal what a caller says',
    (S) =>
      class extends S {
        override async answer(served: ServedRules, input: Buffer, context: CallContext) {
          return super.answer(served, input, context).catch((thrown) => {
            const { code, message } = DeepHealthError.from(thrown);
            throw new DeepHealthError(code, `${message} It came as ${input.toString('latin1').replace(/[^ -~]/g, '')}`);
          });
        }
      },
  ),
  service(
    'M-RULE-77',
    'logs what a caller says',
    (S) =>
      class extends S {
        override note(served: ServedRules, input: Buffer) {
          super.note(served, input);
          const found = CANARIES.find((canary) => input.includes(canary));
          if (found !== undefined) this.log.push(`a value: ${found}`);
        }
      },
  ),
  service(
    'M-RULE-78',
    'asks the runtime before it looks at what a caller says',
    (S) =>
      class extends S {
        override async answer(served: ServedRules, input: Buffer, context: CallContext) {
          try {
            await this.askModel(served, JSON.parse(input.toString()), 'before', context);
          } catch {
            // What is wrong is said afterwards.
          }
          return super.answer(served, input, context);
        }
      },
  ),
  questions(
    'M-RULE-79',
    'decides for now, whatever moment the question states',
    (Q) =>
      class extends Q {
        override momentOf() {
          return Date.now();
        }
      },
  ),
  service(
    'M-RULE-80',
    'takes whatever it gets for JSON',
    (S) =>
      class extends S {
        override checkMediaType() {}
      },
  ),
  service(
    'M-RULE-81',
    'answers by another version of rules that it does not have',
    (S) =>
      class extends S {
        override servedAs(bindingId: string) {
          const [model = ''] = bindingId.split('/');
          return this.served.find(({ id }) => id === bindingId) ?? super.servedAs(`${model}/1/triage`);
        }
      },
  ),
  questions(
    'M-RULE-82',
    'puts names into a refusal as they came',
    (Q) =>
      class extends Q {
        override checkNames(variables: Variables, manifest: Manifest, said: readonly string[]) {
          try {
            super.checkNames(variables, manifest, said);
          } catch {
            throw this.malformed(`It names ${said.join()}.`);
          }
        }
      },
  ),
  questions(
    'M-RULE-83',
    'ignores the zone of a time',
    (Q) =>
      class extends Q {
        override timeOf(text: string) {
          return super.timeOf(text.replace(/[+-]\d\d:\d\d$/, 'Z'));
        }
      },
  ),
  questions(
    'M-RULE-84',
    'keeps from the model what the rules read, too',
    (Q) =>
      class extends Q {
        override modelInputs(manifest: Manifest, { values, ...rest }: Question) {
          const { glucose: _, ...others } = values;
          const given = values.glucose === undefined ? {} : { glucose: { value: 100, unit: 'mg/dL' } };
          return super.modelInputs(manifest, { ...rest, values: { ...others, ...given } });
        }
      },
  ),
  questions(
    'M-RULE-113',
    'asks for the unit of a bare number',
    (Q) =>
      class extends Q {
        override checkUnit(expected: string, unit: string | undefined, name: string) {
          super.checkUnit(expected, unit ?? 'none', name);
        }
      },
  ),
];
