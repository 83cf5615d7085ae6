import type { Caller } from '@deephealth/sdk';
import { afterEach, expect, it } from 'vitest';
import type { AccessDeniedEvent } from './audit-event.js';
import { DeniedFlood } from './denied-flood.js';

const caller = (subject: string): Caller => ({ subject, tenant: 'ward', roles: ['clinician'], authentication: 'key' });
const denial = (more: Partial<AccessDeniedEvent> = {}): AccessDeniedEvent => ({
  ...{ kind: 'access-denied', code: 'DH_UNAUTHENTICATED', action: 'Predict' },
  ...more,
});

let recorded: AccessDeniedEvent[] = [];
const flood = (windowMs?: number) =>
  new DeniedFlood({ record: (event) => recorded.push(event), ...(windowMs !== undefined && { windowMs }) });
afterEach(() => {
  recorded = [];
});

it('lets the first denials have their own records, and counts all others by caller and code', () => {
  const denied = flood();
  const admitted = (event: AccessDeniedEvent, times: number) =>
    Array.from({ length: times }, () => denied.admits(event)).filter(Boolean).length;
  expect(admitted(denial(), 20)).toBe(20);
  expect(admitted(denial(), 100)).toBe(0);
  expect(admitted(denial({ code: 'DH_PERMISSION_DENIED', caller: caller('a') }), 21)).toBe(20);
  expect(admitted(denial({ code: 'DH_PERMISSION_DENIED', caller: caller('b') }), 19)).toBe(19);
  expect(denied.admits(denial({ action: 'Load', model: 'last' }))).toBe(false);
  expect(recorded).toEqual([]);
  denied.flush();
  expect(recorded).toEqual([
    denial({ action: 'Load', model: 'last', repeated: 101 }),
    denial({ code: 'DH_PERMISSION_DENIED', caller: caller('a'), repeated: 1 }),
  ]);
  expect(denied.admits(denial())).toBe(true);
});

it('records what it counted by itself, after a while', async () => {
  const denied = flood(20);
  for (let i = 0; i < 25; i++) denied.admits(denial());
  await expect.poll(() => recorded).toEqual([denial({ repeated: 5 })]);
  expect(denied.admits(denial())).toBe(true);
});

it('holds no more callers than it has room for, and names nobody for the others', () => {
  const denied = flood();
  const all = Array.from({ length: 1100 }, (_, i) => denied.admits(denial({ caller: caller(`caller ${i}`) })));
  expect(all.filter(Boolean)).toHaveLength(1020);
  denied.flush();
  expect(recorded).toEqual([{ kind: 'access-denied', code: 'DH_UNAUTHENTICATED', repeated: 80 }]);
});
