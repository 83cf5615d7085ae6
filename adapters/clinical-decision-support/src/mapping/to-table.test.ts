import { describe, expect, it } from 'vitest';
import type { Feature } from '../bindings/cds-request.js';
import { toTable } from './to-table.js';

const code = { system: 'http://loinc.org', code: '2093-3' };
const unusable = (missing: 'refuse' | 'unknown' | 'abstain'): Feature => ({
  kind: 'unusable',
  column: 'vessels',
  why: 'absent',
  missing,
  message: '"vessels" is not there.',
});

describe('toTable', () => {
  it('makes a row with unit, code and time', () => {
    const features: Feature[] = [
      { kind: 'value', column: 'cholesterol', value: 201.5, unit: 'mg/dL', at: '2026-11-01T08:00:00.25+02:00', code },
      { kind: 'value', column: 'sex', value: 'female' },
      { kind: 'value', column: 'angina', value: false, at: '2026-11-01' },
      { kind: 'value', column: 'count', value: 0, unit: '1' },
      unusable('unknown'),
    ];
    expect(toTable('patient', features)).toEqual({
      name: 'patient',
      table: {
        values: [
          {
            name: 'cholesterol',
            number: 201.5,
            unit: 'mg/dL',
            code,
            time: { seconds: String(Date.UTC(2026, 10, 1, 6) / 1000), nanos: 250_000_000 },
          },
          { name: 'sex', category: 'female' },
          { name: 'angina', boolean: false, time: { seconds: String(Date.UTC(2026, 10, 1) / 1000), nanos: 0 } },
          { name: 'count', number: 0, unit: '1' },
          { name: 'vessels', missing: 'MISSING_REASON_UNKNOWN' },
        ],
      },
    });
  });

  it.each(['refuse', 'abstain'] as const)('makes no row of what leads to "%s"', (missing) => {
    expect(() => toTable('patient', [unusable(missing)])).toThrow(
      expect.objectContaining({ code: 'DH_CDS_DATA_MISSING', details: { column: 'vessels', why: 'absent' } }),
    );
  });

  it('dates a value before 1970', () => {
    const [value] =
      toTable('p', [{ kind: 'value', column: 'a', value: true, at: '1969-12-31T23:59:59.5Z' }]).table?.values ?? [];
    expect(value?.time).toEqual({ seconds: '-1', nanos: 500_000_000 });
  });
});
