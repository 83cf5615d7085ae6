import type { HookName } from './cds-hooks-binding.js';

/** Fields of the context that hold a single text, by hook; those of a private hook are its owner's business. */
const CONTEXT_FIELDS: Readonly<Record<string, readonly string[]>> = {
  'patient-view': ['userId', 'patientId', 'encounterId'],
  'order-select': ['userId', 'patientId', 'encounterId'],
  'order-sign': ['userId', 'patientId', 'encounterId'],
  'encounter-start': ['userId', 'patientId', 'encounterId'],
  'encounter-discharge': ['userId', 'patientId', 'encounterId'],
};

const USER_TOKENS = new Set(['userPractitionerId', 'userPractitionerRoleId', 'userPatientId', 'userRelatedPersonId']);

/** Search results that need more than the search itself: the restricted subset of CDS Hooks has none of them. */
const RESULT_PARAMETERS = new Set(['_count', '_sort']);

const ABOUT_PATIENT = /\{\{context\.(patientId|encounterId)\}\}/;

/**
 * What is wrong with a prefetch template: tokens that CDS Hooks does not know, or a query outside of its
 * restricted subset (instance read; search by type with references, tokens, dates, _count and _sort), or one
 * that is not about the patient of the call and so would answer with others' data.
 */
export function queryProblems(query: string, hook: HookName): string[] {
  const problems = tokenProblems(query, hook);
  const [path = '', search, ...rest] = query.replace(/\{\{[^{}]*\}\}/g, 'token').split('?');
  if (!ABOUT_PATIENT.test(query)) {
    problems.push('does not name the patient. Use {{context.patientId}} or {{context.encounterId}} in it.');
  }
  if (rest.length > 0 || /[\s#]/.test(query))
    problems.push('is not a relative URL. Leave out blanks, "#" and a second "?".');
  if (search === undefined) {
    if (!/^[A-Z][A-Za-z]+\/[A-Za-z0-9.-]{1,64}$/.test(path)) {
      problems.push('is neither a read ("Patient/{{context.patientId}}") nor a search ("Observation?patient=…").');
    }
    return problems;
  }
  if (!/^[A-Z][A-Za-z]+$/.test(path)) problems.push('does not search by a type. Begin it as "Observation?".');
  for (const parameter of search.split('&')) problems.push(...parameterProblems(parameter));
  // Servers give results in any order: a part of them may leave out the one that counts.
  if (/(?:^|&)_count=/.test(search) && !/(?:^|&)_sort=/.test(search)) {
    problems.push('has a _count without a _sort, so nothing says which results it gets. Add _sort=-date.');
  }
  return problems;
}

/** Tokens in a text that the caller is not asked to fill in. */
export function tokenProblems(text: string, hook: HookName): string[] {
  const known = CONTEXT_FIELDS[hook];
  const problems = [...text.matchAll(/\{\{([^{}]*)\}\}/g)].flatMap(([token, content = '']) => {
    if (USER_TOKENS.has(content)) return [];
    const field = /^context\.([A-Za-z]+)$/.exec(content)?.[1];
    if (field === undefined)
      return [`holds ${token}. Only {{context.…}} with one field, or a user's id, can be filled in.`];
    return known === undefined || known.includes(field)
      ? []
      : [`holds ${token}, which the context of ${hook} does not have. It has ${known.join(', ')}.`];
  });
  if (/\{\{|\}\}/.test(text.replace(/\{\{[^{}]*\}\}/g, ''))) problems.push('holds braces that are not a token.');
  return problems;
}

function parameterProblems(parameter: string): string[] {
  const [, name = '', modifier, value] = /^([^=:]*)(?::([^=]*))?=(.*)$/.exec(parameter) ?? [];
  if (name === '' || value === undefined || value === '') return [`has a parameter that is not name=value.`];
  if (name.startsWith('_') && !RESULT_PARAMETERS.has(name) && !['_id', '_lastUpdated'].includes(name)) {
    return [`has the parameter ${name}, which is outside of the subset that every platform understands.`];
  }
  if (name === '_count' && !/^[1-9]\d{0,3}$/.test(value)) return ['has a _count that is not a number from 1.'];
  if (!/^_?[a-z][a-z0-9-]*$/.test(name)) {
    return [`has the parameter ${name}. Chained and reverse-chained searches are not understood by every platform.`];
  }
  if (modifier !== undefined && modifier !== 'in') {
    return [`has the modifier :${modifier} on ${name}. Only :in is understood by every platform.`];
  }
  return /^(ne|sa|eb|ap)\d{4}(-|$)/.test(value) ? [`has a prefix on ${name} that is not eq, lt, gt, ge or le.`] : [];
}
