import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildTestPackage } from '@deephealth/sdk/testing';
import { afterAll, describe, expect, it } from 'vitest';
import { endProcesses, type RunningCli, startDeephealth } from './cli-process.js';
import { ask } from './console-server.js';
import { vectorPackage } from './served-packages.js';
import { removeTemporaryFolders, temporaryFolder } from './temporary-folder.js';

const SAMPLE = fileURLToPath(new URL('../../samples/models/heart-disease-risk/1.0.0', import.meta.url));
afterAll(async () => {
  await endProcesses();
  removeTemporaryFolders();
});

function serve(folder: string, ...args: string[]): RunningCli {
  return startDeephealth(['serve', '--port', '0', ...args], { cwd: folder });
}

describe('deephealth serve', () => {
  it('says where the console is, shows the adapter beside it in it, and ends with its readers', async () => {
    const folder = temporaryFolder();
    cpSync(SAMPLE, join(folder, 'models', 'heart-disease-risk', '1.0.0'), { recursive: true });
    const examples = join(folder, 'examples', 'heart-disease-risk');
    mkdirSync(examples, { recursive: true });
    writeFileSync(join(examples, 'mine.json'), '{"age": 63}');
    writeFileSync(
      join(folder, 'deephealth.config.json'),
      JSON.stringify({ models: ['models'], consoleExamples: 'examples' }),
    );
    const one = serve(folder, '--adapter', 'expressif', '--adapter-port', '0');
    const [, origin = ''] = await one.printed(/^Console on (http:\/\/127\.0\.0\.1:\d+)\/console\/$/m);
    await one.printed(/^Ready on /m);
    expect((await ask(origin, '/console/')).status).toBe(200);
    const { json } = await ask(origin, '/console/api/v1/rules');
    const [rules] = (json as { items: { id: string; url: string }[] }).items;
    expect(rules?.id).toBe('heart-disease-risk/1.0.0/heart-disease');
    const page = new URL(rules?.url ?? '');
    expect((await ask(page.origin, page.pathname)).text).toMatch(/^<!doctype html>/i);
    const model = '/console/api/v1/models/heart-disease-risk/1.0.0';
    expect((await ask(origin, `${model}/examples/file-1`)).text).toBe('{"age": 63}');
    // A reader is started by this, and must not keep the server.
    const body = '{"age": 63}';
    expect((await ask(origin, `${model}/predict`, { method: 'POST', body })).status).toBe(415);
    one.send('SIGTERM');
    expect((await one.ended).exitCode).toBe(0);
  });

  it.each([
    ['--no-console', {}],
    ['"console": false', { console: false }],
  ])('serves none with %s', async (how, config) => {
    const folder = temporaryFolder();
    buildTestPackage(join(folder, 'models'), vectorPackage);
    writeFileSync(join(folder, 'deephealth.config.json'), JSON.stringify({ models: ['models'], ...config }));
    const one = serve(folder, '--json', ...(how.startsWith('--') ? [how] : []));
    const [text] = await one.printed(/^\{[\s\S]*\n\}$/m);
    const { httpAddress, console } = JSON.parse(text) as { httpAddress: string; console?: string };
    expect(console).toBeUndefined();
    expect((await ask(`http://${httpAddress}`, '/console/')).status).toBe(404);
    expect((await ask(`http://${httpAddress}`, '/v2/health/live')).status).toBe(200);
  });
});
