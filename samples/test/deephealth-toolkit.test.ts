import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createJsonLog, type RuntimeServer, startRuntimeServer } from '@deephealth/runtime';
import type { ServedAdapter } from '@deephealth/sdk';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startAdapter } from '../adapters/deephealth-toolkit/src/adapter.js';
import { passwordHash } from '../adapters/deephealth-toolkit/src/toolkit/accounts.js';
import { toToolkitConfig } from '../adapters/deephealth-toolkit/src/toolkit/toolkit-config.js';
import { goldenCases, sampleInputs, samples } from './sample-files.js';

const XRAY = 'chest-xray-pneumonia';
const RETINA = 'retina-vessels';
type Json = Record<string, unknown>;

let folder: string;
let runtime: RuntimeServer;
let adapter: ServedAdapter;
let pictures: Server;
let picturesUrl: string;
let token: string;
let others: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'toolkit-'));
  runtime = await startRuntimeServer({
    models: [join(samples, 'models')],
    repository: { mode: 'explicit', load: [XRAY, RETINA] },
    port: 0,
    log: createJsonLog('error'),
  });
  await runtime.verified;
  const png = await readFile(sampleInputs(XRAY).get('clear-lungs') as string);
  pictures = createServer((request, response) => {
    if (request.url === '/lungs.png') return void response.end(png);
    if (request.url === '/moved.png') return void response.writeHead(302, { location: '/lungs.png' }).end();
    response.end('<html>no picture</html>');
  });
  await new Promise<void>((resolve) => pictures.listen(0, '127.0.0.1', resolve));
  picturesUrl = `http://127.0.0.1:${(pictures.address() as AddressInfo).port}`;
  await writeFile(join(folder, 'a.png'), png);
  await writeFile(join(folder, 'b.png'), await readFile(sampleInputs(XRAY).get('both-dense') as string));
  await symlink('/etc/hostname', join(folder, 'c.png'));
  adapter = await startAdapter({
    ...{ runtime: runtime.address, port: 0, contractPort: 0, deadlineMs: 30_000 },
    toolkit: toToolkitConfig({
      accounts: { ada: await passwordHash('secret of Ada'), eve: await passwordHash('secret of Eve') },
      projects: [
        { id: 1, name: 'Chest', task: 'Classification', models: [XRAY], users: ['ada'] },
        { id: 2, name: 'Retina', task: 'Segmentation', models: [RETINA], users: ['ada', 'eve'] },
      ],
      datasets: [{ id: 7, name: 'Children', folder, users: ['ada'] }],
      imageOrigins: [picturesUrl],
    }),
  });
  token = await login('ada', 'secret of Ada');
  others = await login('eve', 'secret of Eve');
}, 120_000);

afterAll(async () => {
  await adapter?.stop(0);
  await runtime?.stop();
  pictures?.closeAllConnections();
  await new Promise((resolve) => pictures?.close(resolve));
  await rm(folder, { recursive: true, force: true });
});

async function ask(path: string, body?: unknown, by = token): Promise<{ status: number; json: Json }> {
  const answer = await fetch(`${adapter.http.url}/${path}`, {
    headers: { authorization: `Bearer ${by}`, 'content-type': 'application/json' },
    ...(body !== undefined && { method: 'POST', body: JSON.stringify(body) }),
  });
  return { status: answer.status, json: (await answer.json()) as Json };
}

async function login(username: string, password: string): Promise<string> {
  const { json } = await ask('auth/token/', { grant_type: 'password', username, password }, '');
  return json.access_token as string;
}

async function weightsOf(model: string): Promise<number> {
  const { json } = await ask('weights');
  const all = json as unknown as { id: number; name: string }[];
  return all.find(({ name }) => name.startsWith(model))?.id as number;
}

const dataUri = async (model: string, id: string) =>
  `data:image/png;base64,${(await readFile(sampleInputs(model).get(id) as string)).toString('base64')}`;

async function single(image: Json, model = XRAY, project = 1) {
  return ask('inferenceSingle', { modelweights_id: await weightsOf(model), project_id: project, ...image });
}

/** The status of a process once it has ended, asked for as the toolkit's front-end does. */
async function ended(id: unknown): Promise<Json> {
  let status: Json = {};
  await expect
    .poll(async () => {
      status = (await ask(`status?process_id=${id}`)).json.status as Json;
      return status.process_status;
    })
    .not.toBe('STARTED');
  return status;
}

const errorOf = ({ status, json }: { status: number; json: Json }) => [status, (json.error as Json).code];

describe('what the toolkit has', () => {
  it('is listed for whom it is for', async () => {
    expect((await ask('projects')).json).toMatchObject([
      { id: 1, task_id: 1 },
      { id: 2, task_id: 2 },
    ]);
    expect((await ask('projects', undefined, others)).json).toMatchObject([{ id: 2 }]);
    expect((await ask('weights', undefined, others)).json).toMatchObject([{ name: `${RETINA} 1.0.0`, is_ready: true }]);
    expect((await ask('datasets', undefined, others)).json).toEqual([]);
  });

  it('answers one image with the very numbers of the package, as numbers', async () => {
    const started = await single({ image_data: await dataUri(XRAY, 'both-dense') });
    expect(started).toMatchObject({ status: 200, json: { result: 'ok' } });
    const id = started.json.process_id;
    expect(await ended(id)).toMatchObject({ process_type: 'inference', process_status: 'SUCCESS' });
    const { status, json } = await ask(`output?process_id=${id}`);
    const [[image, scores]] = json.outputs as [[string, number[]]];
    const [detail] = json.details as [{ labels: string[]; provenance: Json; warnings: { kind: string }[] }];
    const expected = goldenCases(XRAY).get('both-dense')?.expected.tensors?.probabilities?.values?.[1];
    expect([status, image, detail.labels]).toEqual([200, 'image', ['normal', 'pneumonia']]);
    expect(scores.every((score) => typeof score === 'number')).toBe(true);
    expect(scores[1]).toBeCloseTo(Number(expected), 5);
    expect(detail.provenance).toMatchObject({
      modelName: XRAY,
      packageSha256: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
    expect(detail.warnings.map(({ kind }) => kind)).toContain('WARNING_KIND_RESEARCH_USE_ONLY');
  });

  it('answers a segmentation with a mask on the pixels that were sent', async () => {
    const { json } = await single({ image_data: await dataUri(RETINA, 'disc') }, RETINA, 2);
    await ended(json.process_id);
    const { outputs } = (await ask(`output?process_id=${json.process_id}`)).json as { outputs: [[string, string]] };
    expect(outputs[0][1]).toMatch(/^data:image\/png;base64,iVBOR/);
    const header = (uri: string) => Buffer.from(uri.split(',')[1] as string, 'base64').subarray(16, 24);
    expect(header(outputs[0][1])).toEqual(header(await dataUri(RETINA, 'disc')));
  });

  it('answers a dataset in the order of its images, and follows no link out of it', async () => {
    const { json } = await ask('inference', { modelweights_id: await weightsOf(XRAY), project_id: 1, dataset_id: 7 });
    expect(await ended(json.process_id)).toMatchObject({ process_status: 'SUCCESS' });
    const { outputs } = (await ask(`output?process_id=${json.process_id}`)).json as { outputs: [string, number[]][] };
    expect(outputs.map(([image]) => image)).toEqual(['a.png', 'b.png']);
  });

  it('stops a process', async () => {
    const { json } = await single({ image_data: await dataUri(XRAY, 'clear-lungs') });
    const id = json.process_id;
    expect((await ask('stopProcess', { process_id: id })).json).toEqual({ result: 'ok' });
    const status = await ended(id);
    // It may have ended before.
    expect(['REVOKED', 'SUCCESS']).toContain(status.process_status);
  });
});

describe('the first flaw: errors come with their HTTP status and by name', () => {
  it.each([
    ['weights that there are not', { modelweights_id: 5, project_id: 1 }, 404, 'DH_MODEL_NOT_FOUND'],
    ['an id that is a text', { modelweights_id: 'five', project_id: 1 }, 400, 'DH_REQUEST_MALFORMED'],
    ['a project that there is not', { modelweights_id: 5, project_id: 9 }, 404, 'DH_MODEL_NOT_FOUND'],
  ])('%s', async (_, body, status, code) => {
    const image_data = await dataUri(XRAY, 'clear-lungs');
    expect(errorOf(await ask('inferenceSingle', { ...body, image_data }))).toEqual([status, code]);
  });

  it('a process that failed says why, in its status and instead of its output', async () => {
    // The model takes 28 x 28 pixels.
    const { json } = await single({ image_data: await dataUri(RETINA, 'disc') });
    const failed = await ended(json.process_id);
    expect(failed.process_status).toBe('FAILURE');
    const { code } = (failed.process_data as { error: { code: string } }).error;
    expect(code).toMatch(/^DH_/);
    const output = await ask(`output?process_id=${json.process_id}`);
    expect(errorOf(output)).toEqual([400, code]);
    expect(output.json.result).toBe('error');
  });

  it('training is not served, and is said not to be', async () => {
    expect(errorOf(await ask('train', {}))).toEqual([501, 'DH_FEATURE_UNSUPPORTED']);
    expect(errorOf(await ask('nothing'))).toEqual([404, 'DH_ARTEFACT_NOT_FOUND']);
  });
});

describe('the second flaw: scores are no text', () => {
  it('no part of an output is JSON within a string', async () => {
    const { json } = await single({ image_data: await dataUri(XRAY, 'clear-lungs') });
    await ended(json.process_id);
    const texts: string[] = [];
    JSON.stringify((await ask(`output?process_id=${json.process_id}`)).json, (_, value) => {
      if (typeof value === 'string') texts.push(value);
      return value;
    });
    expect(texts.filter((text) => /^\s*[[{]/.test(text))).toEqual([]);
    expect(texts.length).toBeGreaterThan(3);
  });
});

describe('the third flaw: pre-processing is bound to the weights', () => {
  it('is shown as the package has it', async () => {
    const shown = (await ask('allowedProperties')).json as unknown as { is_fixed: boolean; value: { op: string }[] }[];
    expect(shown.every(({ is_fixed }) => is_fixed)).toBe(true);
    expect(shown.flatMap(({ value }) => value.map(({ op }) => op))).toContain('decode_image');
  });

  it.each(['test_augmentations', 'input_h', 'properties', 'augmentations'])('is not changed by "%s"', async (field) => {
    const image_data = await dataUri(XRAY, 'clear-lungs');
    const refused = await single({ image_data, [field]: 'AugResizeDim dims=(224,224)' });
    expect(errorOf(refused)).toEqual([400, 'DH_PARAMETER_UNSUPPORTED']);
  });
});

describe('what is hostile', () => {
  it.each([
    ['is none', 'hello', 'DH_REQUEST_MALFORMED'],
    ['holds a page', `data:image/png;base64,${Buffer.from('<html></html>').toString('base64')}`, 'DH_MEDIA_UNREADABLE'],
    ['is of another type than it says', 'data:image/jpeg;base64,iVBORw0KGgoAAAAA', 'DH_MEDIA_UNREADABLE'],
    ['has what is no base64', 'data:image/png;base64,iVBO*w0K', 'DH_REQUEST_MALFORMED'],
    ['is no image by its own words', 'data:text/html;base64,PGI+', 'DH_REQUEST_MALFORMED'],
    ['is empty', 'data:image/png;base64,', 'DH_REQUEST_MALFORMED'],
    ['is a list', [], 'DH_REQUEST_MALFORMED'],
  ])('a data URI that %s', async (_, image_data, code) => {
    expect(errorOf(await single({ image_data }))).toEqual([400, code]);
  });

  it.each([
    'http://127.0.0.1:1/lungs.png',
    'http://localhost/lungs.png',
    'http://[::1]/lungs.png',
    'http://169.254.169.254/latest/meta-data/',
    'http://2130706433/',
    'http://user:password@127.0.0.1/',
    'file:///etc/passwd',
    'ftp://127.0.0.1/a.png',
    'data:image/png;base64,iVBORw0KGgo=',
    '//127.0.0.1/a.png',
    'not a url',
  ])('the URL %s is not asked', async (image_url) => {
    expect(errorOf(await single({ image_url }))).toEqual([403, 'DH_REFERENCE_NOT_ALLOWED']);
  });

  it('a URL that is listed is asked, but not followed elsewhere, and is believed by its bytes alone', async () => {
    const result = async (path: string) => {
      const { json } = await single({ image_url: `${picturesUrl}/${path}` });
      const { process_status, process_data } = await ended(json.process_id);
      return [process_status, (process_data as { error?: { code: string } }).error?.code];
    };
    expect(await result('lungs.png')).toEqual(['SUCCESS', undefined]);
    expect(await result('moved.png')).toEqual(['FAILURE', 'DH_PLATFORM_REFUSED']);
    expect(await result('page.png')).toEqual(['FAILURE', 'DH_MEDIA_UNREADABLE']);
  });

  it('a body that is too large is not read', async () => {
    const answer = await fetch(`${adapter.http.url}/inferenceSingle`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: Buffer.alloc(40 * 1024 * 1024, 32),
    }).catch((lost) => lost as Error);
    // The connection may be gone before the client has read the answer.
    if (!(answer instanceof Error)) expect(answer.status).toBe(413);
    expect((await ask('tasks')).status).toBe(200);
  });

  it('a process of another caller is there for nobody else', async () => {
    const { json } = await single({ image_data: await dataUri(XRAY, 'clear-lungs') });
    const id = json.process_id;
    expect(errorOf(await ask(`status?process_id=${id}`, undefined, others))).toEqual([404, 'DH_RUN_NOT_FOUND']);
    expect(errorOf(await ask(`output?process_id=${id}`, undefined, others))).toEqual([404, 'DH_RUN_NOT_FOUND']);
    expect(errorOf(await ask('stopProcess', { process_id: id }, others))).toEqual([404, 'DH_RUN_NOT_FOUND']);
    expect(await ended(id)).toMatchObject({ process_status: 'SUCCESS' });
  });

  it('weights of another project, and of a project of others, are there for nobody else', async () => {
    const body = { modelweights_id: await weightsOf(XRAY), image_data: await dataUri(XRAY, 'clear-lungs') };
    expect(errorOf(await ask('inferenceSingle', { ...body, project_id: 2 }))).toEqual([404, 'DH_MODEL_NOT_FOUND']);
    expect(errorOf(await ask('inferenceSingle', { ...body, project_id: 1 }, others))).toEqual([
      404,
      'DH_MODEL_NOT_FOUND',
    ]);
  });

  it('nobody comes in without a token, or by guessing', async () => {
    expect(errorOf(await ask('projects', undefined, 'guess'))).toEqual([401, 'DH_CALLER_UNAUTHENTICATED']);
    const guess = () => ask('auth/token/', { grant_type: 'password', username: 'eve', password: 'x' }, '');
    for (let tried = 0; tried < 5; tried++) expect((await guess()).status).toBe(401);
    expect(errorOf(await guess())).toEqual([429, 'DH_QUEUE_FULL']);
  });

  it('the events of the conformance suite are not taken where its platform is not named', async () => {
    expect(errorOf(await ask('events', { id: 'e', requests: [] }))).toEqual([404, 'DH_ARTEFACT_NOT_FOUND']);
  });
});

it('keeps the contract of adapters', async () => {
  const cases = [4, 6, 13, 16, 21, 32, 38].map((n) => `DH-ADP-${String(n).padStart(3, '0')}`);
  const main = join(samples, 'dist', 'adapters', 'deephealth-toolkit', 'index.js');
  const child = spawn(
    process.execPath,
    [
      ...[join(samples, '..', 'cli', 'bin', 'deephealth.mjs'), 'conformance', 'adapter', '--platform', 'generic'],
      ...['--only', cases.join(','), '--json', '--', process.execPath, main],
      ...['--runtime', '{runtime}', '--platform', '{platform}'],
    ],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  let printed = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    printed += text;
  });
  await new Promise((resolve) => child.once('close', resolve));
  const { results } = JSON.parse(printed) as { results: { id: string; status: string }[] };
  const judged = results.filter(({ status }) => status !== 'skipped');
  expect(judged.filter(({ status }) => status !== 'pass')).toEqual([]);
  expect(new Set(judged.map(({ id }) => id.replace(/\[.*/, '')))).toEqual(new Set(cases));
}, 180_000);
