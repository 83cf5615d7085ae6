import type { ColumnSpec, Manifest, OutputSpec } from '@deephealth/sdk';
import type { FhirSource } from './fhir-source.js';
import { type BindingMaterial, jsonFile, type PlannedBinding, RESEARCH } from './planned-binding.js';

const PLATFORM = 'clinical-decision-support';
const FILE = 'bindings/cds-hooks.json';
/** An older value is as good as none; long enough for laboratory values of a chronic condition. */
const MAXIMUM_AGE_DAYS = 365;
const HIGHEST_WINS = 0.5;

/** A service that is asked when a chart is opened, with cards that only inform. */
export function planCdsHooks(material: BindingMaterial): PlannedBinding {
  const { manifest } = material;
  const [input] = manifest.inputs;
  const [output] = manifest.outputs;
  if (output?.kind !== 'classification' && output?.kind !== 'regression')
    return not('Cards are made of a classification or a regression.');
  if (input?.kind === 'table') return ofTable(material, input.columns, output);
  if (input?.kind === 'image') return ofImage(material, output);
  return not(`Inputs of the kind ${input?.kind} are bound by hand.`);
}

function ofTable(
  { manifest, title, fhirSources, inquiry }: BindingMaterial,
  columns: readonly ColumnSpec[],
  output: OutputSpec,
): PlannedBinding {
  const nowhere = columns.filter(({ name }) => fhirSources.get(name) === null).map(({ name }) => `"${name}"`);
  if (nowhere.length > 0) return not(`No resource of FHIR holds ${nowhere.join(', ')}, as somebody has said.`);
  inquiry.infer(
    `cds.maximumAgeDays`,
    String(MAXIMUM_AGE_DAYS),
    'assumed',
    'Older Observations count as missing, and the service then refuses.',
  );
  const observed = columns.flatMap(({ name }) => {
    const source = fhirSources.get(name);
    return source?.from === 'observation' ? [`${source.code.system}|${source.code.code}`] : [];
  });
  const needsPatient = columns.some(({ name }) => ['birthDate', 'gender'].includes(fhirSources.get(name)?.from ?? ''));
  const prefetch = {
    ...(needsPatient && { patient: { query: 'Patient/{{context.patientId}}' } }),
    ...(observed.length > 0 && {
      observations: {
        query: `Observation?patient={{context.patientId}}&code=${[...new Set(observed)].join(',')}&_sort=-date`,
      },
    }),
  };
  const features = Object.fromEntries(
    columns.map((column) => [column.name, featureOf(column, fhirSources.get(column.name) ?? { from: 'birthDate' })]),
  );
  return bound(manifest, {
    ...serviceOf(manifest, title, output),
    prefetch,
    features,
    cards: cardsOf(manifest, title, output),
  });
}

function featureOf(column: ColumnSpec, source: FhirSource) {
  const unit = column.type === 'number' ? { unit: column.unit } : {};
  if (source.from === 'birthDate')
    return { from: 'patient', fhirPath: 'Patient.birthDate', isAge: true, ...unit, missing: 'refuse' };
  const categories =
    column.type === 'category'
      ? {
          categories: Object.fromEntries(
            column.categories.map((one) => [source.from === 'gender' ? one.toLowerCase() : one, one]),
          ),
        }
      : {};
  if (source.from === 'gender')
    return { from: 'patient', fhirPath: 'Patient.gender', ...categories, missing: 'refuse' };
  return {
    ...{ from: 'observations', codes: [source.code], maximumAgeDays: MAXIMUM_AGE_DAYS },
    ...{ ...unit, ...categories, missing: 'refuse' },
  };
}

function ofImage({ manifest, title, inquiry }: BindingMaterial, output: OutputSpec): PlannedBinding {
  const id = 'cds.imageCode';
  const said = inquiry.ask({
    id,
    ask: 'Which LOINC code has the document that holds the image on the platform, or "none"?',
    why: 'Nothing else tells the image that is meant from any other document of the patient.',
    takes: 'text',
    isRequired: true,
  });
  if (said === 'none') return not('No document of FHIR holds the image, as somebody has said.');
  if (said === undefined) return { ...not('To be asked.'), isApplicable: true };
  const text = String(said);
  const [system, code] = text.includes('|') ? text.split('|') : ['http://loinc.org', text];
  return bound(manifest, {
    ...serviceOf(manifest, title, output),
    prefetch: { documents: { query: 'DocumentReference?patient={{context.patientId}}&_sort=-date' } },
    image: { from: 'documents', codes: [{ system, code }], maximumAgeDays: MAXIMUM_AGE_DAYS, missing: 'refuse' },
    cards: cardsOf(manifest, title, output),
  });
}

function serviceOf({ name, inputs }: Manifest, title: string, output: OutputSpec) {
  return {
    ...{ id: name.replaceAll('_', '-'), hook: 'patient-view', title },
    description: `Shows what the model ${name} says, when a chart is opened. Research use only; not validated clinically.`,
    usageRequirements: 'Needs the resources that the prefetch names. Research use only.',
    ...{ input: inputs[0]?.name, output: output.name },
  };
}

/** Cards that inform: how grave a score is, nobody has said. */
function cardsOf({ name }: Manifest, title: string, output: OutputSpec) {
  const topic = { system: 'urn:deephealth:model', code: name, display: title.slice(0, 200) };
  const summary = (text: string) => ({ en: `${text} (${RESEARCH}).` });
  const short = (text: string) => (text.length > 60 ? `${text.slice(0, 59)}…` : text);
  if (output.kind === 'regression') {
    const label = output.values[0]?.label ?? '';
    return { topic, rules: [{ of: label, indicator: 'info', summary: summary(`${short(label)}: {value} {unit}`) }] };
  }
  if (output.kind !== 'classification') return { topic, rules: [] };
  const info = (of: string, text: string, bounds: object) => ({
    of,
    ...bounds,
    indicator: 'info',
    summary: summary(text),
  });
  const [first, second] = output.classes;
  if (output.classes.length === 2 && first && second) {
    const threshold = second.threshold ?? HIGHEST_WINS;
    const about = `{percent} % estimated for ${short(second.label)}`;
    const above = info(second.label, `${about}, at or above the threshold`, { atLeast: threshold });
    const below = info(second.label, `${about}, below the threshold`, { below: threshold });
    return { topic, rules: threshold > 0 ? [above, below] : [above] };
  }
  const likely = output.classes.map(({ label }) =>
    info(label, `Most likely ${short(label)}: {percent} %`, { atLeast: HIGHEST_WINS }),
  );
  const last = info(first?.label ?? '', `No class reaches 50 %; ${short(first?.label ?? '')}: {percent} %`, {
    below: HIGHEST_WINS,
  });
  return { topic, rules: [...likely, last] };
}

function bound({ name }: Manifest, service: object): PlannedBinding {
  const why = `A CDS Hooks service "${name.replaceAll('_', '-')}" at patient-view.`;
  return {
    platform: PLATFORM,
    isApplicable: true,
    why,
    files: { [FILE]: jsonFile({ schemaVersion: 1, services: [service] }) },
  };
}

const not = (why: string): PlannedBinding => ({ platform: PLATFORM, isApplicable: false, why, files: {} });
