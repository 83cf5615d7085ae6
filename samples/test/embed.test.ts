import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createJsonLog, type RuntimeServer, startRuntimeServer } from '@deephealth/runtime';
import { createRuntimeClient, readInputFile } from '@deephealth/sdk';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCohort } from '../embed/chains.js';
import { askForCards } from '../embed/decision-support.js';
import { analyse } from '../embed/pathology.js';
import { conclude } from '../embed/rules.js';
import { readSamplePatients } from '../hosts/cds/sample-patients.js';

const samples = fileURLToPath(new URL('..', import.meta.url));
const heart = join(samples, 'models', 'heart-disease-risk', '1.0.0');
const inputs = join(samples, 'inputs', 'heart-disease-risk');

describe('adapters inside a process of somebody else', () => {
  let folder: string;
  let server: RuntimeServer;
  let runtime: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'embed-'));
    server = await startRuntimeServer({
      models: [join(samples, 'models')],
      repository: { mode: 'explicit', load: ['heart-disease-risk', 'tissue-pixels'] },
      port: 0,
      log: createJsonLog('error'),
    });
    await server.verified;
    runtime = server.address;
  }, 120_000);

  afterAll(async () => {
    await server?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  /** Probability of the positive class, as the runtime gives it to a client of the contract. */
  async function probabilityOf(file: string): Promise<number> {
    const client = createRuntimeClient({ address: runtime });
    try {
      const model = await client.getModel('heart-disease-risk', '1.0.0');
      const named = await readInputFile(join(inputs, file), model);
      const { findings } = await client.predict({ modelName: 'heart-disease-risk', inputs: named });
      return findings[0]?.classification?.classes.at(-1)?.probability ?? Number.NaN;
    } finally {
      client.close();
    }
  }

  it('decision support gives the card of a patient, with the probability of the model', async () => {
    const [patient] = await readSamplePatients(samples, new Date());
    const cards = await askForCards({
      ...{ runtime, package: heart, stateFolder: join(folder, 'cds') },
      serviceId: 'heart-disease-exercise-test',
      hook: 'eu.deephealth.exercise-test-reported',
      patient: patient as never,
    });
    const shown = `${Math.round((await probabilityOf('high-risk.json')) * 100)}`;
    expect(cards).toHaveLength(1);
    expect(`${cards[0]?.summary} ${cards[0]?.detail}`).toContain(shown);
  }, 60_000);

  it('pathology gives the area of tissue on a slide, and its outline', async () => {
    const seen: number[] = [];
    const answer = await analyse({
      ...{ runtime, package: join(samples, 'models', 'tissue-pixels', '1.0.0'), folder },
      ...{ slide: join(samples, 'inputs', 'whole', 'tissue-skin.png'), micronsPerPixel: 3.992 },
      onProgress: () => seen.push(1),
    });
    expect(answer.areas[0]?.areaMm2).toBeGreaterThan(0.4);
    expect(answer.areas[0]?.areaMm2).toBeLessThan(0.8);
    expect(answer.model).toBe('tissue-pixels 1.0.0');
    expect(seen.length).toBeGreaterThan(0);
    expect(JSON.parse(await readFile(answer.geoJson, 'utf8')).features.length).toBeGreaterThan(0);
  }, 60_000);

  it('rules give a number, the rules that hold and why', async () => {
    const question = await readFile(join(samples, 'rules', 'question.json'), 'utf8');
    const answer = await conclude({ runtime, package: heart, question, timeoutMs: 30_000 });
    expect(Object.values(answer.outputs).every((value) => typeof value === 'number')).toBe(true);
    expect(Object.keys(answer.holding).length).toBeGreaterThan(0);
    expect(answer.why).toContain(Object.keys(answer.outputs)[0] as string);
  }, 60_000);

  it('chains give what the runtime says of each study', async () => {
    const names = ['low-risk.json', 'high-risk.json'];
    const studies = new Map<string, Buffer>();
    for (const [at, name] of names.entries()) studies.set(`study-${at}`, await readFile(join(inputs, name)));
    await rm(join(folder, 'chains'), { recursive: true, force: true });
    const program = [process.execPath, join(samples, '..', 'cli', 'bin', 'deephealth.mjs')];
    const results = await runCohort({ runtime, package: heart, folder, program, studies });
    const probabilities = results.map(
      (result) =>
        (
          result as { findings: { classification: { classes: { probability: number }[] } }[] }
        ).findings[0]?.classification.classes.at(-1)?.probability,
    );
    expect(probabilities).toEqual([await probabilityOf(names[0] as string), await probabilityOf(names[1] as string)]);
  }, 120_000);

  it('are programs of less than 150 lines', async () => {
    for (const file of await readdir(join(samples, 'embed'))) {
      const lines = (await readFile(join(samples, 'embed', file), 'utf8')).split('\n').length;
      expect({ file, isShort: lines < 150 }).toEqual({ file, isShort: true });
    }
  });
});
