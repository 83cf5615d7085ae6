// Recordings in FHIR for the comparison of signals: beats of the ECG sample, records of the database, files of EDF.
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';

const MDC = 'urn:oid:2.16.840.1.113883.6.24';
const STUDY = { system: 'http://loinc.org', code: '11524-6' };
const LEADS = ['131330', '131331', '131332', '131333'];
const UCUM = 'http://unitsofmeasure.org';
const RATE_HZ = 360;
const AT = '2026-11-23T11:00:00Z';

const code = (system, value) => ({ coding: [{ system, code: value }] });
const about = { status: 'final', subject: { reference: 'Patient/p1' } };

/** An input of a manifest with these channels, and what a binding says of them. */
function wanted(channels, samplingRateHz, samples) {
  return {
    spec: {
      name: 'ecg',
      kind: 'signal',
      channels,
      samplingRateHz,
      samples: { minimum: samples, maximum: samples },
      steps: [{ op: 'select_channels', channels: channels.map(({ name }) => name) }],
    },
    signal: {
      from: 'ecg',
      codes: [STUDY],
      channels: Object.fromEntries(
        channels.map(({ name, unit }, i) => [name, { codes: [{ system: MDC, code: LEADS[i] }], unit }]),
      ),
      mediaTypes: ['application/edf'],
      missing: 'refuse',
    },
  };
}

const sampled = (steps, more = {}) => ({
  origin: { value: -5.12, system: UCUM, code: 'mV' },
  period: 1000 / RATE_HZ,
  factor: 0.005,
  dimensions: 1,
  data: steps.join(' '),
  ...more,
});
const observation = (leads, more = {}) => ({
  resourceType: 'Observation',
  id: 'o1',
  ...about,
  code: code(STUDY.system, STUDY.code),
  effectiveDateTime: AT,
  component: leads.map((valueSampledData, i) => ({ code: code(MDC, LEADS[i]), valueSampledData })),
  ...more,
});
const toSteps = (millivolts) => Array.from(millivolts, (value) => Math.round(value * 200) + 1024);

/** The golden beats of the sample, whose samples are what Python wrote from the database. */
export function beatCases(folder) {
  const beats = readdirSync(join(folder, 'golden')).map((file) =>
    JSON.parse(readFileSync(join(folder, 'golden', file), 'utf8')),
  );
  const one = wanted([{ name: 'MLII', unit: 'mV', validRange: [-10, 10] }], RATE_HZ, 648);
  const whole = beats.map(({ id, inputs }) => {
    const [samples] = inputs.ecg.signal.samples;
    return { name: `beat ${id}`, ...one, resources: [observation([sampled(toSteps(samples))])], golden: [samples] };
  });
  const steps = toSteps(beats[0].inputs.ecg.signal.samples[0]);
  const microvolts = { origin: { value: -5120, system: UCUM, code: 'uV' }, factor: 5 };
  const changes = {
    'R5 in ms': { period: undefined, interval: 1000 / RATE_HZ, intervalUnit: 'ms' },
    'R5 in s': { period: undefined, interval: 1 / RATE_HZ, intervalUnit: 's' },
    microvolts,
    volts: { origin: { value: -5.12e-3, system: UCUM, code: 'V' }, factor: 5e-6 },
    'a sample of error': { data: ['E', ...steps.slice(1)].join(' ') },
    'a sample above': { data: ['U', ...steps.slice(1)].join(' ') },
    'a sample below': { data: ['L', ...steps.slice(1)].join(' ') },
    'a unit of pressure': { origin: { value: 0, system: UCUM, code: 'mm[Hg]' } },
    'no unit': { origin: { value: 0 } },
    'another rate': { period: 4 },
    'a rounded period': { period: 2.78 },
    'a sample less': { data: steps.slice(1).join(' ') },
    'two dimensions': { dimensions: 2, data: steps.flatMap((step) => [step, step]).join(' ') },
  };
  const changed = Object.entries(changes).map(([name, change]) => ({
    name: `a beat with ${name}`,
    ...one,
    resources: [observation([sampled(steps, change)])],
  }));
  const channels = { MLII: { ...one.signal.channels.MLII, interleaved: { index: 1, of: 3 } } };
  const mixed = sampled(
    steps.flatMap((step) => [1, step, 2]),
    { dimensions: 3 },
  );
  const interleaved = {
    name: 'a beat among three dimensions',
    spec: one.spec,
    signal: { ...one.signal, channels },
    resources: [observation([mixed])],
  };
  const older = observation([sampled(steps)], { id: 'o0', effectiveDateTime: '2026-11-23T10:00:00Z' });
  const newest = {
    name: 'an older beat beside the newest',
    ...one,
    resources: [older, observation([sampled(steps.map((step) => step + 1))])],
  };
  return [...whole, ...changed, interleaved, newest];
}

/** Ten seconds of both leads of records of the database, from our reader; the program has its own. */
export async function recordCases(folder, readWfdbRecord) {
  const cases = [];
  for (const record of ['100', '208', '114']) {
    const file = join(folder, `${record}.hea`);
    const { channels } = await readWfdbRecord(file, readFileSync(file, 'utf8'));
    const declared = channels.map(({ name }) => ({ name, unit: 'uV', validRange: [-10_000, 10_000] }));
    const leads = channels.map(({ samples }) => sampled(toSteps(samples.subarray(0, 3600))));
    cases.push({
      name: `record ${record}, ten seconds`,
      ...wanted(declared, RATE_HZ, 3600),
      resources: [observation(leads)],
      record: join(folder, record),
    });
  }
  return cases;
}

/** Up to four channels of one rate of each file that has voltages, behind a document, in microvolts. */
export function edfCases(folder, parseEdf) {
  return readdirSync(folder)
    .filter((file) => file.endsWith('.edf'))
    .flatMap((file) => {
      const bytes = readFileSync(join(folder, file));
      const { channels } = parseEdf(bytes);
      const isVoltage = ({ unit }) => ['uV', 'mV', 'V'].includes(unit);
      const first = channels.find(isVoltage);
      if (first === undefined) return [];
      const chosen = channels
        .filter((channel) => {
          const isAlone = channels.filter(({ name }) => name === channel.name).length === 1;
          return isAlone && isVoltage(channel) && channel.samplingRateHz === first.samplingRateHz;
        })
        .slice(0, 4);
      const declared = chosen.map(({ name }) => ({ name, unit: 'uV', validRange: [-1e6, 1e6] }));
      return {
        name: `EDF ${basename(file)}`,
        ...wanted(declared, first.samplingRateHz, first.samples.length),
        resources: [
          {
            resourceType: 'DocumentReference',
            id: 'd1',
            ...about,
            status: 'current',
            type: code(STUDY.system, STUDY.code),
            context: { period: { end: AT } },
            content: [{ attachment: { contentType: 'application/edf', data: bytes.toString('base64') } }],
          },
        ],
      };
    });
}
