import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { isAddonBuilt } from './addon-under-test.js';

/** What `nativeStatus` says in a process with these variables, or the error that it throws. */
function statusWith(variables: Record<string, string>): string {
  const program = `
    import { nativeStatus } from ${JSON.stringify(import.meta.resolve('@deephealth/native'))};
    try { process.stdout.write(JSON.stringify(nativeStatus())); } catch (error) { process.stdout.write(String(error)); }
  `;
  const env = { ...process.env, ...variables };
  return spawnSync(process.execPath, ['--input-type=module', '-e', program], { encoding: 'utf8', env }).stdout;
}

describe('the addon is loaded as the environment says', () => {
  it('not at all where it is switched off', () => {
    expect(JSON.parse(statusWith({ DEEPHEALTH_NATIVE: 'off' }))).toMatchObject({ isLoaded: false, tried: [] });
  });

  it.each([
    [{ DEEPHEALTH_NATIVE: 'maybe' }, 'RangeError: DEEPHEALTH_NATIVE is "auto", "off" or "require"'],
    [
      { DEEPHEALTH_NATIVE: 'auto', DEEPHEALTH_NATIVE_BUILD: '../elsewhere' },
      'RangeError: DEEPHEALTH_NATIVE_BUILD is "release" or "sanitized"',
    ],
  ])('and refuses %o', (variables, message) => {
    expect(statusWith(variables)).toBe(message);
  });

  it.skipIf(!isAddonBuilt)('with no more vector instructions than are allowed', () => {
    expect(JSON.parse(statusWith({ DEEPHEALTH_NATIVE: 'auto', DEEPHEALTH_SIMD: 'baseline' }))).toEqual({
      isLoaded: true,
      simd: 'baseline',
    });
  });
});
