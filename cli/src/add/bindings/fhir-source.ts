import type { CodingSpec, ColumnSpec } from '@deephealth/sdk';
import type { ColumnHeader } from '../column-header.js';
import type { Inquiry } from '../inquiry.js';
import { answersInvalid } from '../questions.js';

/** Where a column comes from on a platform that speaks FHIR. */
export type FhirSource =
  | { readonly from: 'birthDate' }
  | { readonly from: 'gender' }
  | { readonly from: 'observation'; readonly code: CodingSpec };

const LOINC = 'http://loinc.org';
const LOINC_CODE = /^\d{1,7}-\d$/;
const GENDERS = ['male', 'female', 'other', 'unknown'];
/** The answer for a column that no resource holds. */
const NONE = 'none';

/**
 * Where each column comes from: the patient's birth date and gender by name and type, else the code of an Observation
 * that the header or a person states. A code is never made up: the wrong one would be another measurement.
 */
export function fhirSources(
  columns: readonly ColumnSpec[],
  headers: readonly ColumnHeader[],
  inquiry: Inquiry,
): Map<string, FhirSource | null | undefined> {
  return new Map(
    columns.map((column) => [
      column.name,
      sourceOf(
        column,
        headers.find(({ name }) => name === column.name),
        inquiry,
      ),
    ]),
  );
}

function sourceOf(
  column: ColumnSpec,
  header: ColumnHeader | undefined,
  inquiry: Inquiry,
): FhirSource | null | undefined {
  const { name } = column;
  const id = `columns.${name}.code`;
  const stated = header?.code;
  const said = inquiry.override({ id, takes: 'text' });
  if (said === NONE) return null;
  if (said !== undefined) return { from: 'observation', code: toCoding(String(said), id) };
  if (stated !== undefined) {
    inquiry.infer(id, stated, 'stated', 'The header of the samples says so.');
    return { from: 'observation', code: toCoding(stated, id) };
  }
  if (column.type === 'number' && column.unit === 'a' && /^age$/i.test(name)) {
    inquiry.infer(id, 'Patient.birthDate', 'assumed', 'The column is called age and is in years.');
    return { from: 'birthDate' };
  }
  const isGender = column.type === 'category' && column.categories.every((one) => GENDERS.includes(one.toLowerCase()));
  if (isGender && /^(sex|gender)$/i.test(name)) {
    inquiry.infer(id, 'Patient.gender', 'assumed', 'The column is called so, and its categories are those of FHIR.');
    return { from: 'gender' };
  }
  inquiry.ask({
    id,
    ask: `Which LOINC code (or "system|code") has the Observation that "${name}" is taken from, or "${NONE}"?`,
    why: 'The header states none, and another code is another measurement.',
    takes: 'text',
    isRequired: true,
  });
  return undefined;
}

function toCoding(text: string, id: string): CodingSpec {
  const [, system, code] = /^((?:https?:\/\/|urn:)[^\s|]+)\|([^\s|,]+)$/.exec(text) ?? [];
  if (system !== undefined && code !== undefined) return { system, code };
  if (LOINC_CODE.test(text)) return { system: LOINC, code: text };
  throw answersInvalid(`"${id}" must be a LOINC code such as 2093-3, "system|code", or "${NONE}".`, id);
}
