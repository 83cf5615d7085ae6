import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ChainBinding } from '@deephealth/adapter-piaf';
import { buildTestPackage } from '@deephealth/sdk/testing';

/** The program with a stand-in for the model; see step-program.mjs. */
export const STEP_PROGRAM = [process.execPath, fileURLToPath(new URL('step-program.mjs', import.meta.url))];

/** What a column `age` does to the stand-in; any other age gives age / 100 as a score. */
export const AGE = { refused: 1, exits3: 2, hangs: 3, killedOnce: 4, throws: 5, grows: 6 } as const;

/** Makes a package with one chain of JSON tables, two items a chunk. */
export function chainPackage(root: string, chain: Partial<ChainBinding> = {}, version = '1.0.0'): string {
  const binding = {
    label: 'risk',
    title: 'Risk',
    item: { kind: 'file', mediaTypes: ['application/json'] },
    chunk: { items: 2 },
    resources: { cores: 1, ramMiB: 4096, timeLimitS: 60 },
    ...chain,
  };
  const tensors = {
    inputs: [{ name: 'x', shape: [1, 1], dataType: 'FP32' }],
    outputs: [{ name: 'y', shape: [1, 1], dataType: 'FP32' }],
  } as const;
  const golden = {
    id: 'one',
    inputs: { patient: { table: { age: { number: 50, unit: 'a' } } } },
    expected: { y: { dataType: 'FP32', shape: [1, 1], values: [0.5] } },
  } as const;
  return buildTestPackage(root, {
    ...{ name: 'risk-model', version, tensors, golden: [golden], model: new Uint8Array([8, 9]) },
    manifest: {
      inputs: [
        {
          ...{ name: 'patient', kind: 'table', feeds: 'x' },
          columns: [{ name: 'age', type: 'number', unit: 'a', validRange: [0, 130], missing: 'refuse' }],
          steps: [{ op: 'table_to_features', features: [{ column: 'age' }] }],
        } as never,
      ],
    },
    files: { 'bindings/processing-chain.json': JSON.stringify({ schemaVersion: 1, chains: [binding] }) },
  }).folder;
}

/** A folder for one test. */
export function temporaryFolder(): string {
  return mkdtempSync(join(tmpdir(), 'deephealth-chain-'));
}

/** A secret for UIDs. */
export function uidKeyFile(root: string): string {
  mkdirSync(root, { recursive: true });
  const path = join(root, 'uid-key');
  writeFileSync(path, 'a secret of tests, 32 bytes long');
  return path;
}

/** A file for each age. */
export function ageFiles(root: string, ages: readonly number[]): string[] {
  mkdirSync(root, { recursive: true });
  return ages.map((age, index) => {
    const path = join(root, `Doe^Jane-${index}.json`);
    writeFileSync(path, JSON.stringify({ age }));
    return path;
  });
}
