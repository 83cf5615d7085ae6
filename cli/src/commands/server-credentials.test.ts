import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const SOURCES = fileURLToPath(new URL('..', import.meta.url));

/**
 * A client for a server that the same function has started, on loopback and without anything before it, or of this very
 * process, which says for whom each call is made.
 */
const OWN_SERVER = [
  'add/probe.ts',
  'commands/audit/replay.ts',
  'console/caller-connections.ts',
  'evaluation/with-model.ts',
  'ttmip/check-session.ts',
];

it('every client of the contract speaks as it was told, but those of a server that was started for it', () => {
  const files = readdirSync(SOURCES, { recursive: true, encoding: 'utf8' })
    .map((file) => file.replaceAll('\\', '/'))
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'));
  const without = files.filter((file) => {
    const calls = readFileSync(join(SOURCES, file), 'utf8').split(/\bcreate(?:Runtime|Control)Client\(/);
    return calls.slice(1).some((rest) => !/^[^;]*\.\.\.clientCredentials\(/.test(rest));
  });
  expect(without.sort()).toEqual(OWN_SERVER);
});
