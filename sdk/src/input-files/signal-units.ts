/** Units as recorders write them, in UCUM. */
const UCUM: Readonly<Record<string, string>> = {
  uv: 'uV',
  µv: 'uV',
  μv: 'uV',
  mv: 'mV',
  v: 'V',
  nv: 'nV',
  degc: 'Cel',
  '°c': 'Cel',
  mmhg: 'mm[Hg]',
  kpa: 'kPa',
  bpm: '/min',
  '%': '%',
  hz: 'Hz',
  ohm: 'Ohm',
  kohm: 'kOhm',
  'l/min': 'L/min',
  s: 's',
  ms: 'ms',
};

/** A unit of a file in UCUM; one that is not known stays as it is, and an empty one is "1". */
export function toUcum(unit: string): string {
  const text = unit.trim();
  if (text === '') return '1';
  // Case matters in UCUM, and recorders disagree on it: "uV", "UV" and "uv" are all microvolts; "MV" is not mV.
  if (text === 'MV') return text;
  return UCUM[text.toLowerCase()] ?? text;
}
