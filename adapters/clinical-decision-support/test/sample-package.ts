import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { CdsHooksBinding } from '../src/bindings/cds-hooks-binding.js';
import { writeSums } from './heart-package.js';

const SAMPLES = fileURLToPath(new URL('../../../samples/models', import.meta.url));

/** A sample package in a store, with a binding. Gives its folder. */
export async function writeSamplePackage(store: string, name: string, binding: CdsHooksBinding): Promise<string> {
  const folder = join(store, name, '1.0.0');
  cpSync(join(SAMPLES, name, '1.0.0'), folder, { recursive: true });
  mkdirSync(join(folder, 'bindings'), { recursive: true });
  writeFileSync(join(folder, 'bindings', 'cds-hooks.json'), `${JSON.stringify(binding, null, 2)}\n`);
  await writeSums(folder);
  return folder;
}
