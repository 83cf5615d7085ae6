import type { ConformanceCase } from '../cases/case-types.js';

/** Which cases are wanted, by ids (`DH-ERR-004`) and areas (`DH-ERR`, `ERR`). */
export interface Selection {
  /** Only these, if given. */
  readonly only?: readonly string[];
  /** Not these. */
  readonly skip?: readonly string[];
}

/** `DH-ERR` of `DH-ERR-004`. */
export function areaOf(id: string): string {
  return id.split('-').slice(0, 2).join('-');
}

/** Names of a list as people write it, `dh-err-004, ERR`; undefined for none. */
export function parseSelection(text: string | undefined): readonly string[] | undefined {
  if (text === undefined) return undefined;
  const names = text.split(',').map((one) => one.trim().toUpperCase());
  // Parameters choose nothing: a case is run whole.
  return names.filter((one) => one !== '').map((one) => (one.startsWith('DH-') ? one : `DH-${one}`));
}

/** Names that are neither the id nor the area of a case. */
export function strangers(names: readonly string[], cases: readonly ConformanceCase[]): string[] {
  const known = new Set(cases.flatMap(({ id }) => [id, areaOf(id)]));
  return names.filter((name) => !known.has(name));
}

/** Why a case is left out; undefined if it is to be run. */
export function leftOut(id: string, { only, skip }: Selection): string | undefined {
  const isNamed = (names: readonly string[]) => names.includes(id) || names.includes(areaOf(id));
  if (only !== undefined && !isNamed(only)) return 'not asked for';
  return skip !== undefined && isNamed(skip) ? 'left out with --skip' : undefined;
}
