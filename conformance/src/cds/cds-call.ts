import { randomUUID } from 'node:crypto';
import { CDS_SERVICES, CDS_VIEW } from './cds-models.js';
import type { CdsAsk, PrefetchState } from './cds-step.js';
import type { SuiteEhr } from './suite-ehr.js';
import { bundleOf, operationOutcome, type Resource, type SearchKey, type SuitePatient } from './suite-patient.js';

/** A call of a service, as CDS Hooks 2.0 has it. */
export function callBody(
  ask: CdsAsk,
  patient: SuitePatient,
  accessToken: string,
  ehr: SuiteEhr,
  hookInstance: string = randomUUID(),
): object {
  const service = CDS_SERVICES.find(({ id }) => id === (ask.service ?? CDS_VIEW));
  const keys = Object.keys(service?.prefetch ?? {});
  const supplied = keys.flatMap((key): [string, Resource | null][] => {
    const value = suppliedOf(key, ask.prefetch?.[key] ?? 'full', patient, ehr);
    return value === undefined ? [] : [[key, value]];
  });
  const hook = service?.hook ?? 'patient-view';
  return {
    hook,
    hookInstance,
    context: {
      userId: 'Practitioner/conformance',
      patientId: patient.id,
      ...(hook === 'order-sign' && { draftOrders: bundleOf([draftOrder(patient.id)]) }),
    },
    ...(ask.fhir && {
      fhirServer: ehr.fhirUrl,
      fhirAuthorization: {
        access_token: accessToken,
        token_type: 'Bearer',
        expires_in: 300,
        scope: 'patient/Patient.read patient/Observation.read',
        subject: 'cds-service',
        patient: patient.id,
      },
    }),
    prefetch: Object.fromEntries(supplied),
  };
}

function suppliedOf(
  key: string,
  state: PrefetchState,
  { id, patient, observations }: SuitePatient,
  ehr: SuiteEhr,
): Resource | null | undefined {
  if (state === 'absent') return undefined;
  if (state === 'null') return null;
  if (state === 'outcome') return operationOutcome('The search failed.');
  if (key === 'patient') return patient;
  const all = observations[key as SearchKey];
  if (state === 'empty') return bundleOf([]);
  return state === 'page' ? bundleOf(all.slice(0, 1), ehr.pageUrl(id, key as SearchKey, 1)) : bundleOf(all);
}

function draftOrder(patientId: string): Resource {
  return {
    resourceType: 'ServiceRequest',
    id: 'draft',
    status: 'draft',
    intent: 'order',
    subject: { reference: `Patient/${patientId}` },
  };
}

/** `set` and `remove` by JSON pointers. */
export function changed(body: unknown, { set = {}, remove = [] }: CdsAsk): unknown {
  const copy = structuredClone(body) as Record<string, unknown>;
  const place = (pointer: string) => {
    const names = pointer.split('/').slice(1);
    const last = names.pop() ?? '';
    const holder = names.reduce((at, name) => at[name] as Record<string, unknown>, copy);
    return { holder, last };
  };
  for (const [pointer, value] of Object.entries(set)) {
    const { holder, last } = place(pointer);
    holder[last] = value;
  }
  for (const pointer of remove) {
    const { holder, last } = place(pointer);
    delete holder[last];
  }
  return copy;
}
