/** What the header of a column says: `cholesterol [mg/dL] {2093-3}`. */
export interface ColumnHeader {
  readonly name: string;
  /** As it is written, in brackets or parentheses. */
  readonly unit?: string;
  /** As it is written, in braces: a LOINC code, or `system|code`. */
  readonly code?: string;
}

export function toColumnHeader(text: string): ColumnHeader {
  const code = /\{([^{}]+)\}/.exec(text)?.[1]?.trim();
  const withoutCode = text.replace(/\{[^{}]*\}/g, ' ').trim();
  // A unit may hold brackets itself: mm[Hg].
  const [, name = withoutCode, bracketed, parenthesised] =
    /^(.*?)\s*(?:\[(.+)\]|\(([^()]+)\))$/.exec(withoutCode) ?? [];
  const unit = (bracketed ?? parenthesised)?.trim();
  return {
    name: name.trim() === '' ? withoutCode : name.trim(),
    ...(unit === undefined || unit === '' || name.trim() === '' ? {} : { unit }),
    ...(code === undefined ? {} : { code }),
  };
}

/** How people write units, and what UCUM calls them. Only spellings that can mean nothing else. */
const UCUM: Readonly<Record<string, string>> = {
  years: 'a',
  year: 'a',
  yrs: 'a',
  yr: 'a',
  months: 'mo',
  weeks: 'wk',
  days: 'd',
  hours: 'h',
  mmhg: 'mm[Hg]',
  bpm: '/min',
  'beats/min': '/min',
  '1/min': '/min',
  'breaths/min': '/min',
  'mg/dl': 'mg/dL',
  'g/dl': 'g/dL',
  'mmol/l': 'mmol/L',
  'umol/l': 'umol/L',
  'µmol/l': 'umol/L',
  'pmol/l': 'pmol/L',
  'ng/ml': 'ng/mL',
  'iu/l': '[iU]/L',
  percent: '%',
  celsius: 'Cel',
  '°c': 'Cel',
  none: '1',
};

/** Units that are written in UCUM already. */
const OWN = new Set([
  ...[
    'a',
    'mo',
    'wk',
    'd',
    'h',
    'min',
    's',
    'ms',
    'us',
    'mm[Hg]',
    '/min',
    '/h',
    'mg/dL',
    'g/dL',
    'g/L',
    'mg/L',
    'ug/L',
  ],
  ...['ng/mL', 'ug/mL', 'pg/mL', 'mmol/L', 'umol/L', 'nmol/L', 'pmol/L', 'meq/L', '[iU]/L', 'U/L', 'k[iU]/L', 'ng/dL'],
  ...['%', 'Cel', 'K', 'kg', 'g', 'mg', 'ug', 'm', 'cm', 'mm', 'um', 'nm', 'm2', 'cm2', 'mm2', 'mL', 'L', 'mm3', 'cm3'],
  ...[
    'kg/m2',
    'mL/min',
    'mL/min/{1.73_m2}',
    'L/min',
    'mV',
    'uV',
    'V',
    '1',
    '10*3/uL',
    '10*9/L',
    '10*12/L',
    'fL',
    'pg',
    'kPa',
  ],
]);

/** A unit in UCUM; undefined where the spelling is none that is known, so that somebody has to say what it is. */
export function toUcum(unit: string): string | undefined {
  return OWN.has(unit) ? unit : UCUM[unit.toLowerCase()];
}
