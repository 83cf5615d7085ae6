import { FileRefusal } from '../errors/file-refusal.js';
import type { RecordedChannel, Recording } from './recording.js';

type Json = Readonly<Record<string, unknown>>;

/** Seconds of the units that an interval may have (FHIR R5, UCUM). */
const INTERVAL_S: Readonly<Record<string, number>> = { s: 1, ms: 1e-3, us: 1e-6, min: 60 };

/** True for a FHIR Observation. */
export function isObservation(document: unknown): document is Json {
  return isObject(document) && document.resourceType === 'Observation';
}

/**
 * Channels of a FHIR Observation (R4 or R5) whose value, or whose components' values, are SampledData of
 * one dimension: `origin + data * factor`, in the unit of the origin. Channels are named by the text of
 * their code, or its first display.
 *
 * @throws FileRefusal for an Observation without any, several dimensions, values that are no numbers
 * ("E" for an error, "U" and "L" for out of range: what was measured is then not known), and no interval
 */
export function readSampledData(observation: Json): Recording {
  const holders = [observation, ...list(observation.component)].filter((holder) => isObject(holder.valueSampledData));
  if (holders.length === 0) throw new FileRefusal('is an Observation without SampledData');
  return { annotations: [], channels: holders.map(toChannel) };
}

function toChannel(holder: Json): RecordedChannel {
  const data = holder.valueSampledData as Json;
  const origin = isObject(data.origin) ? data.origin : {};
  if (number(data.dimensions, 'dimensions') !== 1) throw new FileRefusal('has SampledData of several dimensions');
  const offset = number(origin.value, 'origin');
  const factor = data.factor === undefined ? 1 : number(data.factor, 'factor');
  const unit = text(origin.code) ?? text(origin.unit);
  if (unit === undefined) throw new FileRefusal('has SampledData without a unit');
  const values = (text(data.data) ?? '').trim().split(/\s+/);
  return {
    name: nameOf(holder.code),
    unit,
    samplingRateHz: 1 / intervalS(data),
    samples: Float32Array.from(values, (value) => {
      if (!/^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/.test(value)) {
        throw new FileRefusal('has SampledData with a value that is no number');
      }
      return offset + Number(value) * factor;
    }),
  };
}

/** `period` of R4 in milliseconds, or `interval` of R5 in its unit. */
function intervalS({ period, interval, intervalUnit }: Json): number {
  const seconds =
    period === undefined
      ? number(interval, 'interval') * (INTERVAL_S[text(intervalUnit) ?? ''] ?? Number.NaN)
      : number(period, 'period') / 1000;
  if (!(seconds > 0)) throw new FileRefusal('has SampledData without an interval above 0');
  return seconds;
}

function nameOf(code: unknown): string {
  const concept = isObject(code) ? code : {};
  const [coding] = list(concept.coding);
  const name = text(concept.text) ?? text(coding?.display) ?? text(coding?.code);
  if (name === undefined) throw new FileRefusal('has SampledData whose code has no name');
  return name;
}

function number(value: unknown, name: string): number {
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  throw new FileRefusal(`has SampledData without ${name} that is a number`);
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function list(value: unknown): Json[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
