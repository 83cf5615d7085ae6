import type { CdsRequest } from '../bindings/cds-request.js';
import { invalid, isObject } from './parse-body.js';

type Check = (value: unknown) => string | undefined;

const FHIR_ID = /^[A-Za-z0-9.-]{1,64}$/;

const id: Check = (value) =>
  typeof value === 'string' && FHIR_ID.test(value) ? undefined : 'must be the bare id of a resource, without its type';

const reference: Check = (value) =>
  typeof value === 'string' && /^[A-Z][A-Za-z]+\/[A-Za-z0-9.-]{1,64}$/.test(value)
    ? undefined
    : 'must be a type and an id, such as "Practitioner/123"';

const references: Check = (value) =>
  Array.isArray(value) && value.length > 0 && value.every((one) => reference(one) === undefined)
    ? undefined
    : 'must be a list of types with ids, and not empty';

const bundle: Check = (value) =>
  isObject(value) && value.resourceType === 'Bundle' ? undefined : 'must be a FHIR Bundle';

const optional =
  (check: Check): Check =>
  (value) =>
    value === undefined ? undefined : check(value);

const ANY_HOOK: Readonly<Record<string, Check>> = {
  patientId: id,
  encounterId: optional(id),
  userId: optional(reference),
};

/** What the hooks of the library require (CDS Hooks Library, STU 1); private hooks require a patient. */
const HOOKS: Readonly<Record<string, Readonly<Record<string, Check>>>> = {
  'patient-view': { userId: reference, patientId: id, encounterId: optional(id) },
  'order-select': {
    userId: reference,
    patientId: id,
    encounterId: optional(id),
    selections: references,
    draftOrders: bundle,
  },
  'order-sign': { userId: reference, patientId: id, encounterId: optional(id), draftOrders: bundle },
  'encounter-start': { userId: reference, patientId: id, encounterId: id },
  'encounter-discharge': { userId: reference, patientId: id, encounterId: id },
};

/** The context that the hook defines. Throws DH_CDS_REQUEST_INVALID, naming the field. */
export function checkContext(hook: string, context: unknown): CdsRequest['context'] {
  if (!isObject(context)) throw invalid('"context" must be an object.', 'context');
  const checks = Object.hasOwn(HOOKS, hook) ? HOOKS[hook] : undefined;
  for (const [name, check] of Object.entries(checks ?? ANY_HOOK)) {
    const problem = check(Object.hasOwn(context, name) ? context[name] : undefined);
    if (problem !== undefined) throw invalid(`"context.${name}" ${problem}.`, `context.${name}`);
  }
  return context as CdsRequest['context'];
}
