import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { ControlFile } from './control-file.js';
import { NO_CONTROL, type Suspension } from './control-state.js';

const stopped = (model: string): Suspension => ({ model, version: '', reason: 'why', subject: 'who', sinceMs: 1000 });
const state = (...models: string[]) => ({ ...NO_CONTROL, suspensions: models.map(stopped) });
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'deephealth-control-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

it('a suspension is not lost to another server that has the same state folder', async () => {
  const [one, other] = [new ControlFile(folder), new ControlFile(folder)];
  await one.read();
  await other.read();
  await one.write(state('m'));
  await expect(other.write(state('n'))).rejects.toMatchObject({ code: 'DH_CONTROL_STATE_NOT_WRITTEN' });
  await one.write(state('m', 'k'));
  expect(await new ControlFile(folder).read()).toEqual(state('m', 'k'));
});

it('a file that was removed is written anew', async () => {
  const file = new ControlFile(folder);
  await file.write(state('m'));
  rmSync(join(folder, 'control.json'));
  await file.write(state('m', 'n'));
  expect(await new ControlFile(folder).read()).toEqual(state('m', 'n'));
});
