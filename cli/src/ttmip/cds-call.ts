import type {
  CdsHooksBinding,
  ChannelBinding,
  FeatureBinding,
  ServiceBinding,
} from '@deephealth/adapter-clinical-decision-support';
import type { runtimeV1 } from '@deephealth/proto';
import { DeepHealthError } from '@deephealth/sdk';

type Resource = Readonly<Record<string, unknown>> & { readonly resourceType: string };
type TableValue = runtimeV1.TableValue;

const PATIENT_ID = 'check-1';
const UCUM = 'http://unitsofmeasure.org';
const SUBJECT = { reference: `Patient/${PATIENT_ID}` };
const HOUR_MS = 3_600_000;
const HOOK_INSTANCE = '3f1f6f2a-6d0f-4f0e-9f57-2b6b8f3d0c11';

/** Where a picture or a recording comes from, beside what the call holds of it. */
export interface SentFile {
  readonly mediaType: string;
  readonly bytes: Buffer;
}

/**
 * The body of a call of CDS Hooks that hands a model the sample, by what the binding says of its inputs: the way of
 * the binding, backwards.
 *
 * @throws DH_CDS_BINDING_INVALID where the binding takes a value from a place that cannot be filled from a sample
 */
export function cdsCall(
  service: ServiceBinding,
  input: runtimeV1.NamedInput,
  file: SentFile | undefined,
  now: Date,
): object {
  const at = new Date(now.getTime() - HOUR_MS).toISOString();
  const patient: Record<string, unknown> = { resourceType: 'Patient', id: PATIENT_ID };
  const found = new Map<string, Resource[]>(Object.keys(service.prefetch).map((key) => [key, []]));
  const put = (key: string, resource: Resource) => placeOf(found, key).push(resource);
  for (const [column, feature] of Object.entries(service.features ?? {})) {
    const value = input.table?.values?.find(({ name }) => name === column);
    if (value === undefined || value.missing) continue;
    if (feature.fhirPath !== undefined) fillPath(patient, column, feature, value, now);
    else put(feature.from, observation(`f-${column}`, feature.codes?.[0], at, fhirValue(column, feature, value)));
  }
  const { image, signal } = service;
  if (image !== undefined) put(image.from, document(image.codes[0], at, file));
  else if (signal !== undefined) put(signal.from, recording(signal, input, at, file));
  const prefetch = Object.fromEntries(
    Object.entries(service.prefetch).map(([key, { query }]) => [
      key,
      query.includes('?') ? searchset(found.get(key) ?? []) : query.startsWith('Patient/') ? patient : null,
    ]),
  );
  return { hook: service.hook, hookInstance: HOOK_INSTANCE, context: contextOf(service), prefetch };
}

/** The service of a binding that shows what it finds. Throws DH_CDS_BINDING_INVALID where there is none. */
export function shownService({ services }: CdsHooksBinding): ServiceBinding {
  const service = services.find(({ isShadow }) => isShadow !== true);
  if (service !== undefined) return service;
  throw new DeepHealthError('DH_CDS_BINDING_INVALID', 'Every service of the binding is a shadow, which shows nothing.');
}

function contextOf({ hook }: ServiceBinding): object {
  const context = { userId: 'Practitioner/check', patientId: PATIENT_ID, encounterId: 'check-2' };
  const orders = { draftOrders: searchset([]) };
  if (hook === 'order-select') return { ...context, selections: [], ...orders };
  return hook === 'order-sign' ? { ...context, ...orders } : context;
}

function placeOf(found: ReadonlyMap<string, Resource[]>, key: string): Resource[] {
  const place = found.get(key);
  if (place !== undefined) return place;
  throw cannotFill(key, 'comes from the context of the hook');
}

function cannotFill(what: string, why: string): DeepHealthError {
  return new DeepHealthError(
    'DH_CDS_BINDING_INVALID',
    `No call can be made of the sample: ${JSON.stringify(what)} ${why}.`,
    { details: { field: what } },
  );
}

/** One field of the patient: what most bindings ask of FHIRPath. */
function fillPath(
  patient: Record<string, unknown>,
  column: string,
  feature: FeatureBinding,
  value: TableValue,
  now: Date,
): void {
  const [, field] = /^Patient\.([a-zA-Z]+)$/.exec(feature.fhirPath ?? '') ?? [];
  if (field === undefined) throw cannotFill(column, 'comes from a path that is no field of the patient');
  if (feature.isAge !== true) {
    patient[field] = codeOf(feature, value)?.code ?? value.number ?? value.boolean;
    return;
  }
  const age = Number(value.number);
  if (!Number.isInteger(age))
    throw cannotFill(column, 'is an age in whole years on the platform, and none in the sample');
  patient[field] = `${now.getUTCFullYear() - age}-01-01`;
}

function observation(id: string, code: object | undefined, at: string, value: object): Resource {
  return {
    ...{ resourceType: 'Observation', id: id.replaceAll(/[^A-Za-z0-9.-]/g, '-').slice(0, 64), status: 'final' },
    ...{ code: { coding: [code] }, subject: SUBJECT, effectiveDateTime: at },
    ...value,
  };
}

function fhirValue(column: string, feature: FeatureBinding, value: TableValue): object {
  const { isAbove, unit = '1' } = feature;
  if (isAbove !== undefined) return quantity(besides(isAbove, feature, value.boolean === true), unit);
  const code = codeOf(feature, value);
  if (code !== undefined) return { valueCodeableConcept: { coding: [code], text: code.code } };
  if (value.boolean !== undefined && value.boolean !== null) return { valueBoolean: value.boolean };
  if (value.number !== undefined) return quantity(Number(value.number), unit);
  throw cannotFill(column, 'has a category that the binding does not list');
}

/** A number on the side of the threshold that is asked for, within the range of the binding. */
function besides(threshold: number, { range }: FeatureBinding, isAbove: boolean): number {
  const end = range?.[isAbove ? 1 : 0] ?? threshold + (isAbove ? 1 : -1);
  return (threshold + end) / 2;
}

/** The first code or text that the binding reads as the value. */
function codeOf({ categories = {} }: FeatureBinding, value: TableValue): { system?: string; code: string } | undefined {
  const wanted = value.category ?? value.boolean;
  const found = Object.entries(categories).find(([, meant]) => meant === wanted)?.[0];
  if (found === undefined) return undefined;
  const [, system, code] = /^(.*)\|(.*)$/.exec(found) ?? [];
  return system === undefined || code === undefined ? { code: found } : { system, code };
}

function document(code: object | undefined, at: string, file: SentFile | undefined): Resource {
  if (file === undefined) throw cannotFill('image', 'is no file');
  return {
    ...{ resourceType: 'DocumentReference', id: 'file-1', status: 'current', docStatus: 'final', subject: SUBJECT },
    ...{ type: { coding: [code] }, context: { period: { start: at, end: at } } },
    content: [{ attachment: { contentType: file.mediaType, data: file.bytes.toString('base64') } }],
  };
}

function recording(
  { channels, codes = [], mediaTypes = [] }: NonNullable<ServiceBinding['signal']>,
  input: runtimeV1.NamedInput,
  at: string,
  file: SentFile | undefined,
): Resource {
  if (channels === undefined || Object.values(channels).some(({ interleaved }) => interleaved !== undefined)) {
    const isRead = file !== undefined && (mediaTypes as readonly string[]).includes(file.mediaType);
    if (!isRead) throw cannotFill('signal', `is a file of ${mediaTypes.join(' or ')} on the platform`);
    return document(codes[0], at, file);
  }
  const component = Object.entries(channels).map(([name, channel]) => ({
    code: { coding: [channel.codes[0]] },
    valueSampledData: sampledData(name, channel, input.signal),
  }));
  return observation('recording-1', codes[0] ?? { system: 'http://loinc.org', code: '11524-6' }, at, { component });
}

/** Samples of FP32 as the shortest numbers that read as the same ones. */
function sampledData(name: string, { unit }: ChannelBinding, signal: runtimeV1.NamedInput['signal']): object {
  const index = signal?.channels?.findIndex((channel) => channel.name === name) ?? -1;
  const { data, shape = [] } = signal?.samples ?? {};
  const count = Number(shape.at(-1) ?? 0);
  if (index < 0 || !data) throw cannotFill(name, 'is no channel of the sample');
  const bytes = Buffer.from(data as Uint8Array);
  const samples = Array.from({ length: count }, (_, at) => bytes.readFloatLE(4 * (index * count + at)));
  return {
    ...{ origin: { value: 0, unit, system: UCUM, code: unit }, dimensions: 1 },
    ...{ period: 1000 / Number(signal?.samplingRateHz), data: samples.join(' ') },
  };
}

function quantity(value: number, unit: string): object {
  return { valueQuantity: { value, unit, system: UCUM, code: unit } };
}

function searchset(resources: readonly object[]): object {
  return { resourceType: 'Bundle', type: 'searchset', entry: resources.map((resource) => ({ resource })) };
}
