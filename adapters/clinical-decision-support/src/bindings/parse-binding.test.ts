import { describe, expect, it } from 'vitest';
import { bindingText, heartManifest } from '../../test/heart-disease.js';
import { parseBinding } from './parse-binding.js';

const manifest = heartManifest();
// biome-ignore lint/suspicious/noExplicitAny: the tests write what the types forbid.
type Json = any;

/** The sample's binding after a change, as a text. */
function changed(change: (service: Json, document: Json) => void): string {
  const document = JSON.parse(bindingText());
  change(document.services[0], document);
  return JSON.stringify(document);
}

function refusal(text: string): { message: string; code: string; details: { field: string } } {
  try {
    parseBinding(text, manifest);
  } catch (error) {
    return error as never;
  }
  return expect.unreachable('the binding was taken') as never;
}

describe('parseBinding', () => {
  it('takes the binding of the sample', () => {
    const { services } = parseBinding(bindingText(), manifest);
    expect(services.map(({ id, hook }) => [id, hook])).toEqual([
      ['heart-disease-exercise-test', 'eu.deephealth.exercise-test-reported'],
      ['heart-disease-patient-view', 'patient-view'],
    ]);
  });

  it('gives every number the valid range of the manifest', () => {
    const [service] = parseBinding(bindingText(), manifest).services;
    expect(service?.features?.cholesterol?.range).toEqual([50, 700]);
    expect(service?.features?.fasting_blood_sugar_over_120?.range).toEqual([20, 1500]);
    expect(service?.features?.sex).not.toHaveProperty('range');
  });

  it.each<[string, string, (service: Json, document: Json) => void]>([
    ['/schemaVersion', 'must be 1', (_, d) => (d.schemaVersion = 2)],
    ['/services', 'at least 1', (_, d) => (d.services = [])],
    ['/services/0', '"shadow"', (s) => (s.shadow = true)],
    ['/services/0', 'lacks "title"', (s) => delete s.title],
    ['/services/0/id', 'must match', (s) => (s.id = 'a/b')],
    ['/services/1/id', 'same id', (s, d) => (d.services[1].id = s.id)],
    ['/services/0/hook', 'must match', (s) => (s.hook = 'patient_view')],
    ['/services/0/hook', 'must match', (s) => (s.hook = 'medication-prescribe')],
    ['/services/0/input', 'no input of this name', (s) => (s.input = 'image')],
    ['/services/0/output', 'no output of this name', (s) => (s.output = 'risk')],
    // Prefetch.
    [
      '/services/0/prefetch/vitals/query',
      'does not name the patient',
      (s) => (s.prefetch.vitals.query = 'Observation?code=http://loinc.org|8480-6'),
    ],
    ['/services/0/prefetch/vitals/query', '{{today()}}', (s) => (s.prefetch.vitals.query += '&date=ge{{today()}}')],
    [
      '/services/0/prefetch/vitals/query',
      '{{context.patient.id}}',
      (s) => (s.prefetch.vitals.query += '&subject={{context.patient.id}}'),
    ],
    [
      '/services/1/prefetch/vitals/query',
      '{{context.draftOrders}}',
      (_, d) => (d.services[1].prefetch.vitals.query += '&x={{context.draftOrders}}'),
    ],
    ['/services/0/prefetch/vitals/query', 'braces', (s) => (s.prefetch.vitals.query += '&x={{context.encounterId')],
    ['/services/0/prefetch/vitals/query', ':exact', (s) => (s.prefetch.vitals.query += '&code:exact=x')],
    [
      '/services/0/prefetch/vitals/query',
      '_include',
      (s) => (s.prefetch.vitals.query += '&_include=Observation:subject'),
    ],
    ['/services/0/prefetch/vitals/query', 'subject.name', (s) => (s.prefetch.vitals.query += '&subject.name=x')],
    [
      '/services/0/prefetch/vitals/query',
      '_has',
      (s) => (s.prefetch.vitals.query += '&_has:Observation:patient:code=x'),
    ],
    ['/services/0/prefetch/vitals/query', 'prefix', (s) => (s.prefetch.vitals.query += '&date=ap2020-01-01')],
    ['/services/0/prefetch/vitals/query', '_count', (s) => (s.prefetch.vitals.query += '&_count=all&_sort=-date')],
    [
      '/services/0/prefetch/vitals/query',
      '_count without a _sort',
      (s) => (s.prefetch.vitals.query = 'Observation?patient={{context.patientId}}&_count=1'),
    ],
    [
      '/services/0/prefetch/patient/query',
      'neither a read',
      (s) => (s.prefetch.patient.query = 'Patient/{{context.patientId}}/$everything'),
    ],
    [
      '/services/0/prefetch/patient/query',
      'neither a read',
      (s) => (s.prefetch.patient.query = 'https://ehr.example/Patient/{{context.patientId}}'),
    ],
    ['/services/0/prefetch/context', 'Use another key', (s) => (s.prefetch.context = s.prefetch.patient)],
    // Features.
    ['/services/0', 'Add "features"', (s) => delete s.features],
    ['/services/0/features', '"cholesterol" of the manifest is not bound', (s) => delete s.features.cholesterol],
    ['/services/0/features/a~1b', 'no column of this name', (s) => (s.features['a/b'] = s.features.sex)],
    ['/services/0/features/sex/from', 'no prefetch key "person"', (s) => (s.features.sex.from = 'person')],
    ['/services/0/features/sex', 'fhirPath', (s) => delete s.features.sex.fhirPath],
    ['/services/0/features/sex', 'exactly one of', (s) => (s.features.sex.codes = s.features.cholesterol.codes)],
    ['/services/0/features/sex/fhirPath', 'not a FHIRPath', (s) => (s.features.sex.fhirPath = 'Patient.gender(')],
    ['/services/0/features/sex/fhirPath', 'trace', (s) => (s.features.sex.fhirPath = "Patient.gender.trace('x')")],
    ['/services/0/features/cholesterol/unit', 'declares "mg/dL"', (s) => (s.features.cholesterol.unit = 'mmol/L')],
    ['/services/0/features/cholesterol/unit', 'declares "mg/dL"', (s) => delete s.features.cholesterol.unit],
    [
      '/services/0/features/cholesterol/range',
      'beyond the valid range',
      (s) => (s.features.cholesterol.range = [50, 701]),
    ],
    ['/services/0/features/cholesterol/range', 'above its highest', (s) => (s.features.cholesterol.range = [500, 100])],
    [
      '/services/0/features/cholesterol/missing',
      'refuses an unknown value',
      (s) => (s.features.cholesterol.missing = 'unknown'),
    ],
    ['/services/0/features/cholesterol/isAbove', 'is a number', (s) => (s.features.cholesterol.isAbove = 200)],
    [
      '/services/0/features/cholesterol/categories',
      'is a number',
      (s) => (s.features.cholesterol.categories = { a: 'b' }),
    ],
    ['/services/0/features/cholesterol/molarMass', '> 0', (s) => (s.features.cholesterol.molarMass = 0)],
    ['/services/0/features/cholesterol/maximumAgeDays', '> 0', (s) => (s.features.cholesterol.maximumAgeDays = -1)],
    [
      '/services/0/features/age/isAge',
      'needs a "fhirPath"',
      (s) => {
        s.features.age.codes = s.features.cholesterol.codes;
        delete s.features.age.fhirPath;
      },
    ],
    [
      '/services/0/features/sex/categories/female',
      'no category of the manifest',
      (s) => (s.features.sex.categories.female = 'woman'),
    ],
    ['/services/0/features/sex', 'Add "categories"', (s) => delete s.features.sex.categories],
    ['/services/0/features/sex/unit', 'has no unit', (s) => (s.features.sex.unit = '1')],
    ['/services/0/features/sex/range', 'Only numbers', (s) => (s.features.sex.range = [0, 1])],
    ['/services/0/features/sex/aggregate', 'Only numbers', (s) => (s.features.sex.aggregate = 'mean')],
    [
      '/services/0/features/fasting_blood_sugar_over_120',
      'Add "unit"',
      (s) => {
        delete s.features.fasting_blood_sugar_over_120.unit;
        delete s.features.fasting_blood_sugar_over_120.molarMass;
      },
    ],
    [
      '/services/0/features/fasting_blood_sugar_over_120/unit',
      'not a unit of UCUM',
      (s) => (s.features.fasting_blood_sugar_over_120.unit = 'mgs/dl'),
    ],
    [
      '/services/0/features/exercise_induced_angina/categories/x|y',
      'true or false',
      (s) => (s.features.exercise_induced_angina.categories = { 'x|y': 'yes' }),
    ],
    [
      '/services/0/features/fasting_blood_sugar_over_120',
      'needs "range"',
      (s) => delete s.features.fasting_blood_sugar_over_120.range,
    ],
    ['/services/0/features/age/maximumAgeDays', 'does not become too old', (s) => (s.features.age.maximumAgeDays = 30)],
    ['/services/0/features/age/unit', 'declares "a"', (s) => (s.features.age.unit = 'mo')],
    // Cards.
    ['/services/0/cards/rules/0/of', 'none of this name', (s) => (s.cards.rules[0].of = 'ill')],
    ['/services/0/cards/rules/0/indicator', 'needs "approval"', (s) => (s.cards.rules[0].indicator = 'critical')],
    ['/services/0/cards/rules/0/indicator', '"hard-stop"', (s) => (s.cards.rules[0].indicator = 'hard-stop')],
    ['/services/0/cards/rules/0/atLeast', 'within 0 to 1', (s) => (s.cards.rules[0].atLeast = 40)],
    ['/services/0/cards/rules/0/below', 'never holds', (s) => (s.cards.rules[0].below = 0.3)],
    ['/services/0/cards/rules', 'Close the gap', (s) => (s.cards.rules[1].below = 0.3)],
    ['/services/0/cards/rules', 'hidden', (s) => (s.cards.rules[0].atLeast = 0.6)],
    ['/services/0/cards/rules', 'hidden', (s) => (s.cards.rules[0].below = 1)],
    ['/services/0/cards/rules', 'hidden', (s) => s.cards.rules.shift()],
    ['/services/0/cards/rules/1', 'never holds', (s) => Object.assign(s.cards.rules[1], { atLeast: 0.7, below: 0.9 })],
    ['/services/0/cards/rules/0/summary', 'lacks "en"', (s) => (s.cards.rules[0].summary = { de: 'x' })],
    [
      '/services/0/cards/rules/0/summary/de',
      '139',
      (s) => (s.cards.rules[0].summary.de = `${'x'.repeat(138)}{percent}`),
    ],
    ['/services/0/cards/rules/0/summary/en', '"name" open', (s) => (s.cards.rules[0].summary.en = '{name} is ill.')],
    [
      '/services/0/cards/rules/0/links/0/appContext',
      'Only a link of type "smart"',
      (s) =>
        (s.cards.rules[0].links = [
          { label: { en: 'a' }, url: 'https://a.example', type: 'absolute', appContext: 'x' },
        ]),
    ],
    [
      '/services/0/cards/rules/0/links/0/url',
      'must match',
      (s) => (s.cards.rules[0].links = [{ label: { en: 'a' }, url: 'javascript:alert(1)', type: 'absolute' }]),
    ],
    [
      '/services/0/cards/rules/0/suggestions/0/creates/0/resource',
      'lacks "resourceType"',
      (s) => delete s.cards.rules[0].suggestions[0].creates[0].resource.resourceType,
    ],
    [
      '/services/0/cards/rules/0/suggestions/0/creates/0/resource',
      '{{context.user.name}}',
      (s) => (s.cards.rules[0].suggestions[0].creates[0].resource.note = '{{context.user.name}}'),
    ],
    [
      '/services/0/cards/rules/0/suggestions',
      'Only one',
      (s) => s.cards.rules[0].suggestions.push(s.cards.rules[0].suggestions[0]),
    ],
    ['/services/0/cards/reliability/1/from', 'does not begin', (s) => (s.cards.reliability[1].from = 0.3)],
    [
      '/services/0/cards/reliability/0/observed',
      'more than the cases',
      (s) => (s.cards.reliability[0].observed = 1000),
    ],
    ['/services/0/cards/reliability', 'from 0 to 1', (s) => s.cards.reliability.pop()],
    ['/services/0/cards/overrideReasons/0', 'lacks "display"', (s) => delete s.cards.overrideReasons[0].display],
    ['/services/0/cards/topic', 'lacks "system"', (s) => delete s.cards.topic.system],
  ])('refuses %s: %s', (pointer, sentence, change) => {
    const error = refusal(changed(change));
    expect(error.code).toBe('DH_CDS_BINDING_INVALID');
    expect(error.details.field).toBe(pointer);
    expect(error.message).toContain(`"${pointer}"`);
    expect(error.message).toContain(sentence);
  });

  it('takes a critical card that somebody has approved', () => {
    const text = changed((s) => {
      s.cards.rules[0].indicator = 'critical';
      s.cards.rules[0].approval = { by: 'A. Example', role: 'clinical safety officer', date: '2026-11-01' };
    });
    expect(parseBinding(text, manifest).services[0]?.cards.rules[0]?.indicator).toBe('critical');
  });

  it('takes rules without a lowest one: below the threshold there may be no card', () => {
    expect(
      parseBinding(
        changed((s) => s.cards.rules.pop()),
        manifest,
      ).services[0]?.cards.rules,
    ).toHaveLength(1);
  });

  it.each(['', '{', 'null', '[]', '{"schemaVersion":1}'])('refuses %j', (text) => {
    expect(refusal(text).code).toBe('DH_CDS_BINDING_INVALID');
  });

  it('refuses a member that is there twice, which a parser would take without a word', () => {
    const text = bindingText().replace('"hook":', '"id": "another", "hook":');
    expect(refusal(text)).toMatchObject({ details: { field: '/services/0/id' } });
  });

  it('does not take a repeated text, or a key of another object, for a repeated key', () => {
    const text = changed((s) => (s.description = '"id": "id", {"id": "id"} \\" \\\\'));
    expect(parseBinding(text, manifest).services[0]?.description).toContain('{"id"');
  });

  it('tells five problems at most, and how many there are more', () => {
    const error = refusal(changed((s) => (s.features = { x: s.features.sex })));
    expect(error.message.match(/Field "/g)).toHaveLength(5);
    expect(error.message).toContain('And 9 more.');
  });
});
