import type { Question } from './decision.js';
import { type PlacedRuleBase, RULE_MODELS, ruleBase } from './expressif-models.js';
import { mixed, PROBABILITIES, scored, TRIAGE } from './suite-questions.js';

/** A question that must be refused before the runtime is asked. */
export interface BadQuestion {
  readonly base: string;
  make(): Question | Buffer;
  /** `STATUS / REASON`; any of them. */
  readonly refused: readonly string[];
}

const MALFORMED = ['INVALID_ARGUMENT / REQUEST_MALFORMED'];
const UNIT = ['INVALID_ARGUMENT / UNIT_MISMATCH'];
const CATEGORY = ['INVALID_ARGUMENT / CATEGORY_UNKNOWN'];

/** What of a patient no error and no log may repeat: a text and a number that nobody else says. */
export const CANARIES = ['CANARY5E1F', '17.62519'] as const;
const [TEXT, NUMBER] = CANARIES;
const SECRET = Number(NUMBER);
const DEPTH = 50_000;

const triage = (values: object): Question => ({ values: { ...TRIAGE, ...values } as Question['values'] });
/** Text of a question to `triage`, with more in its values. */
const raw = (more: string) =>
  Buffer.from(JSON.stringify({ values: TRIAGE }).replace('{"values":{', `{"values":{${more},`));
const bad = (make: BadQuestion['make'], refused = MALFORMED, base = 'triage'): BadQuestion => ({ base, make, refused });
const dated = (values: object, more: Partial<Question> = {}): Question => ({
  values: { b: 0.5, ...values } as Question['values'],
  at: '2026-03-01T12:00:00Z',
  ...more,
});

/** By the names that cases give. */
export const BAD_QUESTIONS: Readonly<Record<string, BadQuestion>> = {
  'cut-short': bad(() => Buffer.from(`{"values":{"lactate":{"value":${NUMBER},"unit":"mmol/L"}`)),
  'not-utf-8': bad(() =>
    Buffer.concat([Buffer.from('{"values":{"ward":"'), Buffer.from([0xff, 0xfe]), Buffer.from('"}}')]),
  ),
  nothing: bad(() => Buffer.alloc(0)),
  'a-list': bad(() => Buffer.from('[]')),
  'no-values': bad(() => Buffer.from('{}')),
  'more-fields': bad(() => Buffer.from(JSON.stringify({ values: TRIAGE, patient: TEXT }))),
  'twice-the-same': bad(() => raw(`"lactate":{"value":${NUMBER},"unit":"mmol/L"}`)),
  'twice-in-disguise': bad(() => raw(`"lact\\u0061te":{"value":${NUMBER},"unit":"mmol/L"}`)),
  deep: bad(() => Buffer.from(`{"values":${'{"a":'.repeat(DEPTH)}1${'}'.repeat(DEPTH + 1)}`)),
  'beyond-numbers': bad(() => Buffer.from('{"values":{"locked":1e999,"strict":15}}'), MALFORMED, 'bounds'),
  'number-as-text': bad(() => triage({ lactate: { value: NUMBER, unit: 'mmol/L' } })),
  'truth-as-number': bad(() => triage({ lactate: { value: true, unit: 'mmol/L' } })),
  'number-for-category': bad(() => triage({ ward: 1 })),
  'number-for-truth': bad(() => triage({ awake: 1 })),
  'unknown-name': bad(() => triage({ lactat: { value: SECRET, unit: 'mmol/L' } })),
  'name-of-the-language': bad(() => raw(`"__proto__":${NUMBER}`)),
  'another-name-of-the-language': bad(() => raw(`"constructor":${NUMBER}`)),
  'name-with-line-break': bad(() => raw(`"lac\\ntate\\u0000":${NUMBER}`)),
  'beside-the-model': bad(
    () => {
      const question = mixed();
      return { ...question, values: { ...question.values, suspicion: { value: SECRET, unit: '%' } } };
    },
    MALFORMED,
    'mixed',
  ),
  'shape-that-is-none': bad(
    () => ({ ...mixed(), inputs: { x: { tensor: { dataType: 'FP32', shape: [1, 3], values: [0.5, 0.5] } } } }),
    MALFORMED,
    'mixed',
  ),
  'degree-above-one': bad(() => triage({ lactate: { degrees: { normal: 0, raised: 17.62519 } } })),
  'time-that-is-none': bad(() => ({ ...triage({}), at: '2026-13-01T00:00:00Z' })),
  'time-without-zone': bad(() => ({ ...triage({}), at: '2026-03-01T00:00:00' })),
  'unknown-language': bad(() => ({ ...triage({}), languages: ['la'] })),
  'id-with-spaces': bad(() => ({ ...triage({}), requestId: `of ${TEXT}` })),
  'another-unit': bad(() => triage({ map: { value: SECRET, unit: 'kPa' } }), UNIT),
  'no-unit': bad(() => triage({ lactate: SECRET }), UNIT),
  'unit-of-a-bare-number': bad(() => dated({ b: { value: 0.5, unit: 'mg' }, a: null }), UNIT, 'dated'),
  'unit-before-the-runtime': bad(
    () => scored(PROBABILITIES.clear, { age: { value: SECRET, unit: 'mo' } }),
    UNIT,
    'mixed',
  ),
  'unknown-category': bad(() => triage({ ward: TEXT }), CATEGORY),
  'category-in-another-case': bad(() => triage({ ward: 'Floor' }), CATEGORY),
  'word-for-truth': bad(() => triage({ awake: 'yes' }), CATEGORY),
  'no-time': bad(() => dated({ a: 0.5 }), MALFORMED, 'dated'),
  'after-the-decision': bad(() => dated({ a: { value: 0.5, at: '2026-03-01T12:00:01Z' } }), MALFORMED, 'dated'),
};

export function baseOf({ base }: BadQuestion): PlacedRuleBase {
  return ruleBase(base, base === 'mixed' ? RULE_MODELS.scores : RULE_MODELS.engine);
}
