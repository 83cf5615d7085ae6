import { FileRefusal } from '../errors/file-refusal.js';
import type { RecordedChannel, Recording } from './recording.js';

type Json = Readonly<Record<string, unknown>>;

/** Seconds of the units that an interval may have (FHIR R5, UCUM). */
const INTERVAL_S: Readonly<Record<string, number>> = { s: 1, ms: 1e-3, us: 1e-6, min: 60 };

/** Samples of one SampledData. */
export interface SampledValues {
  readonly samplingRateHz: number;
  /** One list for each of `dimensions`, all of one length: `origin + data * factor`, in the unit of the origin. */
  readonly dimensions: readonly Float64Array[];
}

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
  const { samplingRateHz, dimensions } = decodeSampledData(data);
  const [samples] = dimensions;
  if (samples === undefined || dimensions.length > 1) throw new FileRefusal('has SampledData of several dimensions');
  const unit = text(origin.code) ?? text(origin.unit);
  if (unit === undefined) throw new FileRefusal('has SampledData without a unit');
  return { name: nameOf(holder.code), unit, samplingRateHz, samples: Float32Array.from(samples) };
}

/**
 * The numbers of a SampledData of FHIR, R4 (`period`, in ms) or R5 (`interval` in `intervalUnit`), in FP64. Where
 * it has several dimensions, those of one moment stand together in its text. The unit is for the caller to look at.
 *
 * @throws FileRefusal for a sample that is no finite number ("E", "U" and "L" among them), one beyond the limits that
 * the data state for themselves, a text that its dimensions do not divide, no interval or two, and codes for samples
 */
export function decodeSampledData(sampled: unknown): SampledValues {
  const data = isObject(sampled) ? sampled : {};
  const count = number(data.dimensions, 'dimensions');
  if (!Number.isInteger(count) || count < 1) throw new FileRefusal('has SampledData without dimensions from 1');
  // R6: samples that are codes, or that lie at other distances than one interval.
  if (data.codeMap !== undefined || data.offsets !== undefined) {
    throw new FileRefusal('has SampledData with a code map or with offsets');
  }
  const offset = number(isObject(data.origin) ? data.origin.value : undefined, 'origin');
  const factor = data.factor === undefined ? 1 : number(data.factor, 'factor');
  const samplingRateHz = 1 / intervalS(data);
  const isWithin = limitsOf(data);
  const texts = (text(data.data) ?? '').trim().split(/\s+/);
  if (texts.length % count !== 0) throw new FileRefusal('has SampledData that end within a moment of its dimensions');
  const dimensions = Array.from({ length: count }, () => new Float64Array(texts.length / count));
  texts.forEach((written, i) => {
    const raw = rawNumber(written);
    const value = offset + raw * factor;
    if (!Number.isFinite(value)) throw new FileRefusal('has SampledData with a value that is no number');
    // Whether limits are those of the numbers as written or of what they stand for, FHIR does not say.
    if (!isWithin(raw) && !isWithin(value)) throw new FileRefusal('has SampledData beyond the limits that they state');
    (dimensions[i % count] as Float64Array)[Math.floor(i / count)] = value;
  });
  return { samplingRateHz, dimensions };
}

function rawNumber(written: string): number {
  if (/^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/.test(written)) return Number(written);
  if (written === 'E') throw new FileRefusal('has SampledData with a value that is no number: "E", not measured');
  if (written === 'U' || written === 'L') {
    throw new FileRefusal('has SampledData with a value that is no number: "U" or "L", out of the range of the device');
  }
  throw new FileRefusal('has SampledData with a value that is no number');
}

function limitsOf({ lowerLimit, upperLimit }: Json): (value: number) => boolean {
  const lowest = lowerLimit === undefined ? Number.NEGATIVE_INFINITY : number(lowerLimit, 'lowerLimit');
  const highest = upperLimit === undefined ? Number.POSITIVE_INFINITY : number(upperLimit, 'upperLimit');
  return (value) => value >= lowest && value <= highest;
}

/** `period` of R4 in milliseconds, or `interval` of R5 in its unit. */
function intervalS({ period, interval, intervalUnit }: Json): number {
  if (period !== undefined && interval !== undefined) {
    throw new FileRefusal('has SampledData with a period and an interval');
  }
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
