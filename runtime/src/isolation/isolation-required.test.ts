import { expect, it, vi } from 'vitest';
import { openIsolation } from './isolation.js';

// A machine on which the native part was not built.
vi.mock('@deephealth/native', () => ({ confineLauncher: () => undefined }));

it('refuses to serve where hosts must be confined and cannot be', () => {
  const unavailable = expect.objectContaining({ code: 'DH_ISOLATION_UNAVAILABLE' });
  expect(() => openIsolation({ mode: 'required' })).toThrow(unavailable);
  expect(() => openIsolation({ user: 'nobody' })).toThrow(unavailable);
  expect(openIsolation()).toMatchObject({ mode: 'best-effort', launcher: undefined, landlock: 0, filtersCalls: false });
  expect(openIsolation({ mode: 'off' })).toMatchObject({ mode: 'off' });
});
