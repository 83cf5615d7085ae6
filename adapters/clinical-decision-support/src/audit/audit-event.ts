import type { AuditEvent, AuditEventAgent, AuditEventEntity, CodeableConcept, Coding, Reference } from 'fhir/r4.js';

/** What happened, as far as who looks after access to patient data has to know it. */
export type AuditedAct =
  /** The adapter read a resource, or searched, on the FHIR server of a call. */
  | { readonly kind: 'read' | 'search'; readonly fhirServer: string; readonly query: string; readonly clientId: string }
  /** The adapter wrote a result. */
  | { readonly kind: 'create'; readonly fhirServer: string; readonly what: Reference }
  /** A client had a model asked. `model` names one build of it. */
  | { readonly kind: 'inference'; readonly client: string; readonly model: string }
  /** Somebody who had the link of a card looked at the region behind its score; `part` is what was sent. */
  | {
      readonly kind: 'region';
      readonly part: 'page' | 'picture';
      /** Network address of who looked, where it is known: nothing else is. */
      readonly address?: string | undefined;
      /** Of the call whose card had the link. */
      readonly ofRequest: string;
      readonly model: string;
    };

export interface AuditContext {
  /** Of this service. */
  readonly baseUrl: string;
  readonly requestId: string;
  readonly patientId: string;
  /** "Practitioner/123" and its like; left out if the platform names nobody. */
  readonly userId?: string | undefined;
  readonly at: Date;
  /** Why it did not succeed, as one clause. */
  readonly failure?: string | undefined;
}

const DCM = 'http://dicom.nema.org/resources/ontology/DCM';
const SOURCE = concept(DCM, '110153', 'Source Role ID');
const DESTINATION = concept(DCM, '110152', 'Destination Role ID');
const PARTICIPATION = 'http://terminology.hl7.org/CodeSystem/v3-ParticipationType';
const ENTITY_TYPE = 'http://terminology.hl7.org/CodeSystem/audit-entity-type';
const OBJECT_ROLE = 'http://terminology.hl7.org/CodeSystem/object-role';
const URI = 'urn:ietf:rfc:3986';

/** Interaction of FHIR, action of the audit, and which end the data comes from. */
const ACTS = {
  read: { subtype: 'read', action: 'R', isClientDestination: true },
  search: { subtype: 'search-type', action: 'E', isClientDestination: false },
  create: { subtype: 'create', action: 'C', isClientDestination: false },
  inference: { subtype: 'operation', action: 'E', isClientDestination: false },
  region: { subtype: 'read', action: 'R', isClientDestination: true },
} as const;

/**
 * An AuditEvent in the shape of IHE Basic Audit Log Patterns (BALP): PatientRead, PatientQuery, PatientCreate,
 * and for an inference the operation of FHIR, which BALP has no profile for. It tells who and whose, no value.
 */
export function auditEvent(act: AuditedAct, context: AuditContext): AuditEvent {
  const { subtype, action, isClientDestination } = ACTS[act.kind];
  const { baseUrl, requestId, patientId, at, failure } = context;
  const [client, server] = endsOf(act, baseUrl);
  return {
    resourceType: 'AuditEvent',
    type: {
      system: 'http://terminology.hl7.org/CodeSystem/audit-event-type',
      code: 'rest',
      display: 'Restful Operation',
    },
    subtype: [{ system: 'http://hl7.org/fhir/restful-interaction', code: subtype, display: subtype }],
    action,
    recorded: at.toISOString(),
    outcome: failure === undefined ? '0' : '4',
    ...(failure === undefined ? {} : { outcomeDesc: failure }),
    agent: [
      agent(isClientDestination ? DESTINATION : SOURCE, client, act.kind === 'region' ? act.address : undefined),
      agent(isClientDestination ? SOURCE : DESTINATION, server),
      ...userAgent(act, context.userId),
    ],
    source: {
      observer: identified(baseUrl),
      type: [{ system: 'http://terminology.hl7.org/CodeSystem/security-source-type', code: '4' }],
    },
    entity: [
      {
        type: coding(ENTITY_TYPE, '1', 'Person'),
        role: coding(OBJECT_ROLE, '1', 'Patient'),
        what: { reference: `Patient/${patientId}` },
      },
      ...objectOf(act, baseUrl, requestId),
      {
        type: coding('https://profiles.ihe.net/ITI/BALP/CodeSystem/BasicAuditEntityType', 'XrequestId'),
        what: { identifier: { value: requestId } },
      },
    ],
  };
}

function endsOf(act: AuditedAct, baseUrl: string): [client: Reference, server: Reference] {
  if (act.kind === 'inference') return [identified(act.client), identified(baseUrl)];
  // No name is made up for somebody of whom nothing is known but that a card was shown to them.
  if (act.kind === 'region') return [{ display: 'whoever has the link of the card' }, identified(baseUrl)];
  const self = act.kind === 'create' ? identified(baseUrl) : { ...identified(baseUrl), display: act.clientId };
  return [self, identified(act.fhirServer)];
}

function objectOf(act: AuditedAct, baseUrl: string, requestId: string): AuditEventEntity[] {
  const type = coding(ENTITY_TYPE, '2', 'System Object');
  const domainResource = coding(OBJECT_ROLE, '4', 'Domain Resource');
  switch (act.kind) {
    case 'read':
      return [{ type, role: domainResource, what: { reference: act.query } }];
    case 'create':
      return [{ type, role: domainResource, what: act.what }];
    case 'search': {
      const query = Buffer.from(`GET ${act.fhirServer}/${act.query}`).toString('base64');
      return [{ type, role: coding(OBJECT_ROLE, '24', 'Query'), query }];
    }
    case 'inference':
      return [requestEntity('20', 'Job', requestId), modelEntity(act.model)];
    case 'region':
      return [{ ...requestEntity('3', 'Report', act.ofRequest), name: act.part }, modelEntity(act.model)];
  }
  function requestEntity(code: string, display: string, value: string): AuditEventEntity {
    const what = { identifier: { system: `${baseUrl}/requests`, value } };
    return { type, role: coding(OBJECT_ROLE, code, display), what };
  }
  function modelEntity(value: string): AuditEventEntity {
    return {
      type: coding(ENTITY_TYPE, '4', 'Other'),
      what: { identifier: { system: `${baseUrl}/models`, value } },
    };
  }
}

/** Of a user whom the platform names by a reference; anything else may be a name or a mail address. */
function userAgent({ kind }: AuditedAct, userId: string | undefined): AuditEventAgent[] {
  if (userId === undefined || !/^[A-Z][A-Za-z]{2,40}\/[A-Za-z0-9.-]{1,64}$/.test(userId)) return [];
  const code = kind === 'create' ? 'AUT' : 'IRCP';
  return [{ type: concept(PARTICIPATION, code), who: { reference: userId }, requestor: true }];
}

/** @param ip of an agent that has no address of its own */
function agent(type: CodeableConcept, who: Reference, ip?: string): AuditEventAgent {
  const address = who.identifier?.value;
  const network =
    address !== undefined
      ? ({ address, type: '5' } as const)
      : ip === undefined
        ? undefined
        : ({ address: ip, type: '2' } as const);
  return { type, who, requestor: false, ...(network && { network }) };
}

/** What is no URI, as "anyone" in the open mode, cannot be an identifier of that system: servers refuse it. */
function identified(address: string): Reference {
  return URL.canParse(address) ? { identifier: { system: URI, value: address } } : { display: address };
}

function coding(system: string, code: string, display?: string): Coding {
  return { system, code, ...(display === undefined ? {} : { display }) };
}

function concept(system: string, code: string, display?: string): CodeableConcept {
  return { coding: [coding(system, code, display)] };
}
