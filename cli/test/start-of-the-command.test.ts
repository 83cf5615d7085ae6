import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, it } from 'vitest';

const ENTRY = join(import.meta.dirname, '..', 'dist', 'index.js');

/** Packages that a built module brings with it before anything is asked for. */
function brought(path: string, seen = new Set<string>()): Set<string> {
  const packages = new Set<string>();
  if (seen.has(path)) return packages;
  seen.add(path);
  for (const [, name = ''] of readFileSync(path, 'utf8').matchAll(/^(?:import|export)\b[^'"]*['"]([^'"]+)['"];?$/gm)) {
    if (!name.startsWith('.')) packages.add(name);
    else for (const one of brought(join(dirname(path), name), seen)) packages.add(one);
  }
  return packages;
}

it('a command starts without what only other commands need', () => {
  const packages = [...brought(ENTRY)];
  expect(packages).toContain('@deephealth/sdk');
  expect(packages.filter((name) => /adapter-|conformance|runtime|console|sharp/.test(name))).toEqual([]);
});

it('a command whose reader has gone ends without a stack', async () => {
  const command = join(import.meta.dirname, '..', 'bin', 'deephealth.mjs');
  const child = spawn(process.execPath, [command, '--help'], { stdio: ['ignore', 'pipe', 'pipe'] });
  child.stdout.destroy();
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text) => {
    stderr += text;
  });
  const [code] = await once(child, 'close');
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
});
