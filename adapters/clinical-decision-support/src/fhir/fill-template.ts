import type { CdsRequest } from '../bindings/cds-request.js';

const USER_TOKENS: Readonly<Record<string, string>> = {
  userPractitionerId: 'Practitioner',
  userPractitionerRoleId: 'PractitionerRole',
  userPatientId: 'Patient',
  userRelatedPersonId: 'RelatedPerson',
};

/**
 * Fills `{{context.patientId}}` and its like (CDS Hooks 2.0.1, Prefetch tokens) with values encoded by `encode`.
 * Undefined if the call has no value for one of them.
 */
export function fillTemplate(
  template: string,
  { context }: Pick<CdsRequest, 'context'>,
  encode: (value: string) => string = encodeURIComponent,
): string | undefined {
  let isComplete = true;
  const filled = template.replace(/\{\{\s*([^{}]*?)\s*\}\}/g, (_match, token: string) => {
    const value = tokenValue(token, context);
    if (value === undefined) isComplete = false;
    return encode(value ?? '');
  });
  return isComplete ? filled : undefined;
}

function tokenValue(token: string, context: CdsRequest['context']): string | undefined {
  const userType = Object.hasOwn(USER_TOKENS, token) ? USER_TOKENS[token] : undefined;
  if (userType !== undefined) {
    const { userId } = context;
    return typeof userId === 'string' && userId.startsWith(`${userType}/`)
      ? userId.slice(userType.length + 1)
      : undefined;
  }
  const field = /^context\.([A-Za-z]+)$/.exec(token)?.[1];
  const value = field !== undefined && Object.hasOwn(context, field) ? context[field] : undefined;
  return ['string', 'number', 'boolean'].includes(typeof value) ? String(value) : undefined;
}
