import ucum from '@lhncbc/ucum-lhc';

/** Code system of UCUM, as FHIR writes it. */
export const UCUM = 'http://unitsofmeasure.org';

const UNIT_TEXT = /^[!-~]{1,64}$/;

const { UcumLhcUtils } = ucum;

/** Whether a text is a unit of UCUM as it stands: not a synonym of one, nor one that needs mending. */
export function isUcumUnit(text: string): boolean {
  if (!UNIT_TEXT.test(text)) return false;
  const bare = withoutRemarks(text);
  // The library looks units up in plain objects, which have more names than units.
  if (bare.split(/[^A-Za-z_]+/).some((word) => word in Object.prototype)) return false;
  const { status, ucumCode } = UcumLhcUtils.getInstance().validateUnitString(bare);
  return status === 'valid' && ucumCode === bare;
}

/**
 * A number in another unit, or undefined if the two do not measure the same. `molarMass` in g/mol leads
 * from amount of substance to mass and back. A value in the unit that is asked for is left as it is.
 */
export function convertUnit(value: number, from: string, to: string, molarMass?: number): number | undefined {
  if (from === to) return value;
  if (!isUcumUnit(from) || !isUcumUnit(to)) return undefined;
  const options = molarMass === undefined ? {} : { molecularWeight: molarMass };
  const { status, toVal } = converted(withoutRemarks(from), value, withoutRemarks(to), options);
  return status === 'succeeded' && typeof toVal === 'number' && Number.isFinite(toVal) ? toVal : undefined;
}

/** The library knows some units that it cannot convert, and throws for them. */
function converted(from: string, value: number, to: string, options: { readonly molecularWeight?: number }) {
  try {
    return UcumLhcUtils.getInstance().convertUnitTo(from, value, to, options);
  } catch {
    return { status: 'failed', toVal: null };
  }
}

/**
 * What is in braces means nothing in UCUM. It never reaches the library, which prints some of the texts that it
 * cannot read: a remark from a request may be about a patient.
 */
function withoutRemarks(text: string): string {
  return text.replace(/\{[^{}]*\}/g, '{u}');
}
