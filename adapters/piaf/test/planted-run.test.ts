import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { createLocalBackend, createPiafAdapter, type PiafAdapter, startChainServer } from '@deephealth/adapter-piaf';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { plantedDicom } from '../src/deidentify/testing/planted-dicom.js';
import { holds, IDENTIFIERS } from '../src/deidentify/testing/planted-identifiers.js';
import { plantedPictures } from '../src/deidentify/testing/planted-pictures.js';
import { plantedRecordings } from '../src/deidentify/testing/planted-recordings.js';
import { plantedTiff } from '../src/deidentify/testing/planted-tiff.js';
import { STEP_PROGRAM, temporaryFolder, uidKeyFile } from './chain-package.js';

const models = fileURLToPath(new URL('../../../samples/models', import.meta.url));
const SERVED = ['hippocampus-volume', 'chest-xray-pneumonia', 'ecg-beat', 'heart-disease-risk', 'tissue-pixels'];

/** For each chain, a study with the planted bytes wherever its format has room for them. */
const CHAINS: Readonly<Record<string, (planted: Buffer) => Buffer>> = {
  'hippocampus-volume/1.0.0/segment': (planted) => plantedDicom(planted)['explicit VR'] as Buffer,
  'chest-xray-pneumonia/1.0.0/triage': (planted) => plantedPictures(planted).png as Buffer,
  'ecg-beat/1.0.0/beats': (planted) => plantedRecordings(planted)['EDF+'] as Buffer,
  'tissue-pixels/1.0.0/tissue-map': (planted) => plantedTiff(planted).svs as Buffer,
  'heart-disease-risk/1.0.0/risk': (planted) =>
    Buffer.from(JSON.stringify({ age: { value: 50, unit: 'a' }, name: planted.toString(), [planted.toString()]: 1 })),
};

let root: string;
let adapter: PiafAdapter;
const told: string[] = [];
beforeAll(async () => {
  root = temporaryFolder();
  mkdirSync(join(root, 'state'));
  adapter = await createPiafAdapter({
    packages: SERVED.map((name) => join(models, name, '1.0.0')),
    ...{ stateFolder: join(root, 'state'), uidKeyFile: uidKeyFile(root), program: STEP_PROGRAM },
    ...{ backend: createLocalBackend({ cores: 2 }), runtimeAddress: '127.0.0.1:1' },
    onError: (thrown) => told.push(String(thrown)),
  });
});
afterAll(async () => {
  await adapter.close();
  rmSync(root, { recursive: true, force: true });
});

/** All files below a folder, with their paths as text in front. */
function everything(folder: string): { path: string; bytes: Buffer }[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true }).map((entry) => {
    const path = join(entry.parentPath, entry.name);
    return { path, bytes: Buffer.concat([Buffer.from(path), entry.isFile() ? readFileSync(path) : Buffer.alloc(0)]) };
  });
}

describe('identifiers planted in studies and in the names of their files', () => {
  it.each(Object.entries(CHAINS))(
    'reach no artefact, log, crate or answer: %s',
    async (chain, plant) => {
      const { service } = adapter;
      const server = await startChainServer({
        ...{ service, describeChain: adapter.describeChain, onError: (thrown) => told.push(String(thrown)) },
      });
      const form = new FormData();
      form.set('workflow_type', 'CWL');
      form.set('workflow_type_version', 'v1.2');
      form.set('workflow_url', chain);
      const names = IDENTIFIERS.map((identifier, index) => `${identifier.replaceAll(/[^\w.-]/g, '_')}-${index}`);
      const studies = names.map((name) => ({ class: 'File', location: name }));
      form.set('workflow_params', JSON.stringify({ studies }));
      for (const [index, identifier] of IDENTIFIERS.entries()) {
        const file = plant(Buffer.from(identifier));
        expect(holds(file, identifier), `${identifier} is planted`).toBe(true);
        form.append('workflow_attachment', new Blob([new Uint8Array(file)]), names[index]);
      }
      const wes = `${server.url}/ga4gh/wes/v1`;
      const answers: string[] = [];
      const ask = async (path: string, init?: RequestInit) => {
        const answer = await (await fetch(path, init)).text();
        answers.push(answer);
        return answer;
      };
      const { run_id: runId } = JSON.parse(await ask(`${wes}/runs`, { method: 'POST', body: form }));
      await new Promise<void>((resolve) => {
        const look = () => {
          if (service.get('local', runId).endedAt === undefined) return;
          stop();
          resolve();
        };
        const stop = service.onChange(look);
        look();
      });
      const run = service.get('local', runId);
      expect(run.failure, 'the run ends complete').toBeUndefined();
      expect(run.itemCount).toBe(IDENTIFIERS.length);
      for (const path of [`${wes}/runs/${runId}`, `${wes}/runs/${runId}/tasks`, `${wes}/runs`]) await ask(path);
      for (const path of [`/ogc/jobs/${runId}`, `/ogc/jobs/${runId}/results`]) await ask(`${server.url}${path}`);
      for (const { path } of run.artefacts) {
        answers.push(await text((await service.openArtefact('local', runId, path)).content));
      }
      await server.close();
      const kept = everything(join(root, 'state', 'runs', runId));
      // It is there what there should be to look at.
      expect(kept.some(({ path }) => path.endsWith('ro-crate-metadata.json'))).toBe(true);
      expect(kept.some(({ path }) => path.endsWith('chunk-00000.log'))).toBe(true);
      expect(kept.filter(({ path }) => /staged\/items\/.*\/input/.test(path))).toHaveLength(IDENTIFIERS.length);
      for (const identifier of IDENTIFIERS) {
        for (const { path, bytes } of kept) expect(holds(bytes, identifier), `${identifier} in ${path}`).toBe(false);
        for (const answer of [...answers, ...told])
          expect(holds(Buffer.from(answer), identifier), identifier).toBe(false);
      }
    },
    120_000,
  );
});
