import type { runtimeV1 } from '@deephealth/proto';
import { fromContractDataType, toTypedArray } from '@deephealth/sdk';
import type { Drawing, Finding } from './api.js';

/** A finding of the contract as the console shows it. */
export function toFinding(finding: runtimeV1.Finding__Output, title: string, drawing: Drawing | undefined): Finding {
  const about = { output: finding.name, title, ...(drawing && { drawing }) };
  const { classification, regression, mask, map, detections, events, text } = finding;
  if (classification) return { ...about, kind: 'classification', ...ofClassification(classification) };
  if (regression) return { ...about, kind: 'regression', ...ofRegression(regression) };
  if (mask) return { ...about, kind: 'mask', decision: maskDecision(mask) };
  if (map)
    return { ...about, kind: 'map', decision: map.unit === '1' ? map.quantity : `${map.quantity} (${map.unit})` };
  if (detections) return { ...about, kind: 'detections', decision: counted(detections.items.length, 'detection') };
  if (events) return { ...about, kind: 'events', ...ofEvents(events) };
  if (text) return { ...about, kind: 'text', text: text.text, ...(text.isCutOff && { decision: 'cut off' }) };
  const { tensor } = finding;
  const shape = tensor ? `${tensor.dataType.replace('DATA_TYPE_', '')} [${tensor.shape.join(', ')}]` : 'empty';
  return { ...about, kind: 'tensor', decision: shape };
}

function ofClassification({ classes, decision, abstained }: runtimeV1.Classification__Output) {
  return {
    decision: abstained ? 'no decision' : decision.join(', ') || 'none',
    classes: classes
      .map(({ label, probability, threshold }) => ({
        ...{ label, probability, isDecided: decision.includes(label) },
        ...(threshold !== undefined && { threshold }),
      }))
      .sort((one, other) => other.probability - one.probability),
  };
}

function ofRegression({ values }: runtimeV1.Regression__Output): Pick<Finding, 'decision' | 'value'> {
  const words = values.map(({ label, value, unit, lower, upper }) => {
    const interval = lower === undefined || upper === undefined ? '' : ` (${short(lower)} to ${short(upper)})`;
    return `${values.length > 1 ? `${label} ` : ''}${withUnit(value, unit)}${interval}`;
  });
  const [first] = values;
  return {
    decision: words.join(', '),
    ...(first && values.length === 1 && { value: { number: first.value, unit: first.unit } }),
  };
}

function ofEvents({ items }: runtimeV1.Events__Output): Pick<Finding, 'decision' | 'events'> {
  return {
    decision: counted(items.length, 'event'),
    events: items.map(({ label, startS, durationS, probability }) => ({
      ...{ label, startSeconds: startS, probability },
      ...(durationS > 0 && { durationSeconds: durationS }),
    })),
  };
}

/** Of more samples than these, shares are not counted while a server waits. */
const MOST_COUNTED = 20_000_000;

/** The extent of each class; where the grid has no size, its share of the samples. */
function maskDecision({ classes, labels, isMultilabel }: runtimeV1.Mask__Output): string {
  const dataType = fromContractDataType(labels?.dataType);
  const isCounted = labels !== null && (dataType === 'UINT8' || dataType === 'UINT16');
  const samples =
    isCounted && labels.data.byteLength <= MOST_COUNTED && classes.some(({ extent }) => extent === null)
      ? (toTypedArray(dataType, labels.data) as Uint8Array | Uint16Array)
      : undefined;
  const words = classes.map(({ label, value, extent }) => {
    if (extent === null) return samples === undefined ? label : `${label} ${share(samples, value, isMultilabel)}`;
    // Volumes in millilitres: cubic millimetres of an organ are numbers that nobody reads.
    if (extent.unit === 'mm3') return `${label} ${withUnit(Number(extent.value) / 1000, 'mL')}`;
    return `${label} ${withUnit(Number(extent.value), extent.unit)}`;
  });
  return words.join(', ') || 'nothing';
}

function share(samples: Uint8Array | Uint16Array, value: number, isMultilabel: boolean): string {
  let count = 0;
  for (const sample of samples) if (isMultilabel ? (sample & value) !== 0 : sample === value) count++;
  return `${short((100 * count) / samples.length)} %`;
}

function withUnit(value: number, unit: string): string {
  return unit === '1' || unit === '' ? short(value) : `${short(value)} ${unit}`;
}

function short(value: number): string {
  return Number(value.toPrecision(4)).toString();
}

function counted(count: number, what: string): string {
  return count === 0 ? `no ${what}` : `${count} ${what}${count === 1 ? '' : 's'}`;
}
