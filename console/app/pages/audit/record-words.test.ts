import { describe, expect, it } from 'vitest';
import { auditPath, recordCaller, recordFields, recordWords } from './record-words.js';

const INFERENCE = {
  seq: 20,
  kind: 'inference',
  caller: { subject: 'a.moreau', roles: ['admin'] },
  model: 'ecg-beat',
  outputs: ['beat'],
  warnings: ['RESEARCH_USE_ONLY', 'NEAR_THRESHOLD'],
  abstained: true,
};

describe('a record of the audit trail', () => {
  it('says in a few words what happened', () => {
    expect(recordWords(INFERENCE)).toBe('beat; RESEARCH_USE_ONLY, NEAR_THRESHOLD; abstained');
    expect(recordWords({ kind: 'model-state', state: 'QUARANTINED', code: 'DH_GOLDEN_MISMATCH' })).toBe(
      'QUARANTINED; DH_GOLDEN_MISMATCH',
    );
    expect(recordWords({ kind: 'access-denied', code: 'DH_UNAUTHENTICATED', repeated: 480 })).toBe(
      'DH_UNAUTHENTICATED; 480 times',
    );
    expect(recordWords({ kind: 'server-start' })).toBe('');
  });

  it('names its caller where there is one', () => {
    expect(recordCaller(INFERENCE)).toBe('a.moreau');
    expect(recordCaller({ caller: null })).toBe('');
    expect(recordCaller({})).toBe('');
  });

  it('shows all of its fields', () => {
    const fields = new Map(recordFields(INFERENCE));
    expect([...fields.keys()]).toEqual(Object.keys(INFERENCE));
    expect(fields.get('caller')).toBe('{"subject":"a.moreau","roles":["admin"]}');
    expect(fields.get('seq')).toBe('20');
  });
});

describe('the path of the list', () => {
  it('has the filters that are set, encoded', () => {
    expect(auditPath({ kind: '', model: ' ' })).toBe('audit?limit=50');
    expect(auditPath({ kind: 'inference', model: ' a&b ' })).toBe('audit?limit=50&kind=inference&model=a%26b');
  });
});
