import type { AuditRecord } from './read-records.js';

/** The part of FHIR R4's AuditEvent that records become. */
export interface FhirAuditEvent {
  readonly resourceType: 'AuditEvent';
  readonly id: string;
  readonly type: FhirCoding;
  readonly subtype: readonly FhirCoding[];
  readonly action: 'C' | 'R' | 'U' | 'D' | 'E';
  readonly recorded: string;
  readonly outcome: '0' | '4';
  readonly outcomeDesc?: string;
  readonly agent: readonly object[];
  readonly source: object;
  readonly entity: readonly object[];
}

interface FhirCoding {
  readonly system: string;
  readonly code: string;
  readonly display?: string;
}

const DCM = 'http://dicom.nema.org/resources/ontology/DCM';
const EVENT_TYPE = 'http://terminology.hl7.org/CodeSystem/audit-event-type';
const ENTITY_TYPE = 'http://terminology.hl7.org/CodeSystem/audit-entity-type';
const OBJECT_ROLE = 'http://terminology.hl7.org/CodeSystem/object-role';
const BALP_ENTITY = 'https://profiles.ihe.net/ITI/BALP/CodeSystem/BasicAuditEntityType';
const PARTICIPATION = 'http://terminology.hl7.org/CodeSystem/v3-ParticipationType';

const REST: FhirCoding = { system: EVENT_TYPE, code: 'rest', display: 'Restful Operation' };
const OPERATION: FhirCoding = {
  system: 'http://hl7.org/fhir/restful-interaction',
  code: 'operation',
  display: 'operation',
};
const dcm = (code: string, display: string): FhirCoding => ({ system: DCM, code, display });
const ACTIVITY = dcm('110100', 'Application Activity');
const ALERT = dcm('110113', 'Security Alert');

/** Type and kind of an event, by the kind of its record. */
const KINDS: Readonly<Record<string, { type: FhirCoding; subtype: FhirCoding }>> = {
  inference: { type: REST, subtype: OPERATION },
  refusal: { type: REST, subtype: OPERATION },
  'access-denied': { type: ALERT, subtype: dcm('110132', 'Use of Restricted Function') },
  control: { type: ALERT, subtype: dcm('110131', 'Software Configuration') },
  'model-state': { type: ALERT, subtype: dcm('110131', 'Software Configuration') },
  'server-start': { type: ACTIVITY, subtype: dcm('110120', 'Application Start') },
  recovery: { type: ALERT, subtype: dcm('110134', 'Audit Recording Started') },
  resumed: { type: ALERT, subtype: dcm('110134', 'Audit Recording Started') },
  retention: { type: ALERT, subtype: dcm('110129', 'Security Configuration') },
  'server-stop': { type: ACTIVITY, subtype: dcm('110121', 'Application Stop') },
};

/** Kinds of records that are events; the others hold the log together. */
export const FHIR_KINDS = Object.keys(KINDS);

/** A record of {@link FHIR_KINDS} as an AuditEvent; the agents and entities are those of IHE BALP's patterns. It holds what the record holds. */
export function toFhirAuditEvent(record: AuditRecord, observer: string): FhirAuditEvent {
  const { type, subtype } = KINDS[record.kind] ?? { type: ACTIVITY, subtype: dcm('110120', 'Application Start') };
  const failure = record.code ?? (record.state === 'QUARANTINED' ? 'QUARANTINED' : undefined);
  return {
    resourceType: 'AuditEvent',
    id: `deephealth-audit-${record.seq}`,
    type,
    subtype: [subtype],
    action: 'E',
    recorded: record.time,
    outcome: failure === undefined ? '0' : '4',
    ...(failure !== undefined && { outcomeDesc: failure }),
    agent: agentsOf(record, observer),
    source: {
      observer: { display: observer },
      type: [{ system: 'http://terminology.hl7.org/CodeSystem/security-source-type', code: '4' }],
    },
    entity: entitiesOf(record),
  };
}

function agentsOf({ caller }: AuditRecord, observer: string): object[] {
  const server = { type: concept(dcm('110152', 'Destination Role ID')), who: { display: observer }, requestor: false };
  if (caller === undefined) return [{ ...server, requestor: true }];
  const { subject, tenant, roles, authentication } = caller;
  const client = {
    type: concept(dcm('110153', 'Source Role ID')),
    who: {
      identifier: { system: 'urn:deephealth:subject', value: subject },
      ...(tenant !== '' && { display: tenant }),
    },
    requestor: true,
    role: roles.map((code) => concept({ system: 'urn:deephealth:role', code })),
    policy: [`urn:deephealth:authentication:${authentication}`],
  };
  const person = roles.some((role) => role !== 'service');
  const user = {
    type: concept({ system: PARTICIPATION, code: 'IRCP', display: 'information recipient' }),
    who: { identifier: { system: 'urn:deephealth:subject', value: subject } },
    requestor: true,
  };
  return person && authentication !== 'none' ? [{ ...client, requestor: false }, server, user] : [client, server];
}

function entitiesOf(record: AuditRecord): object[] {
  const { request, model, version } = record;
  const entities: object[] = [];
  if (request !== undefined && request !== '') {
    entities.push({ type: { system: BALP_ENTITY, code: 'XrequestId' }, what: { identifier: { value: request } } });
  }
  if (model !== undefined) {
    entities.push({
      type: { system: ENTITY_TYPE, code: '4', display: 'Other' },
      role: { system: OBJECT_ROLE, code: '4', display: 'Domain Resource' },
      what: {
        identifier: { system: 'urn:deephealth:model', value: version === undefined ? model : `${model}@${version}` },
      },
      detail: detailsOf(record),
    });
  }
  entities.push({
    type: { system: ENTITY_TYPE, code: '2', display: 'System Object' },
    role: { system: OBJECT_ROLE, code: '13', display: 'Security Resource' },
    what: { identifier: { system: 'urn:deephealth:audit-record', value: String(record.seq) } },
    detail: [
      detail('kind', record.kind),
      detail('hash', record.hash),
      ...(record.repeated === undefined ? [] : [detail('repeated', String(record.repeated))]),
    ],
  });
  return entities;
}

const DETAILS = [
  'package',
  'onnx',
  'input',
  'output',
  'engine',
  'provider',
  'runtime',
  'face',
  'state',
  'action',
  'reason',
] as const;

function detailsOf(record: AuditRecord): object[] {
  const details = DETAILS.flatMap((name) => {
    const value = record[name];
    return value === undefined || value === '' ? [] : [detail(name, value)];
  });
  if (record.batch !== undefined) details.push(detail('batch', String(record.batch)));
  if (record.abstained === true) details.push(detail('abstained', 'true'));
  for (const warning of record.warnings ?? []) details.push(detail('warning', warning));
  return details;
}

function detail(type: string, valueString: string): { type: string; valueString: string } {
  return { type, valueString };
}

function concept(coding: FhirCoding): object {
  return { coding: [coding] };
}
