// Nothing leaves the machine: the work is done where there is nothing but loopback, and the kernel's own
// counters say whether any process, hosts of models and their libraries included, tried to get out.
import { spawn, spawnSync } from 'node:child_process';
import { cpSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildTestPackage, identityModel } from '@deephealth/sdk/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { removeTemporaryFolders, temporaryFolder } from './temporary-folder.js';

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const COMMAND = at('../bin/deephealth.mjs');
const SAMPLE = at('../../samples/models/heart-disease-risk/1.0.0');
const CI_VARIABLES =
  /^(CI|GITHUB_.*|TF_BUILD|JENKINS_URL|BUILDKITE|CIRCLECI|GITLAB_CI|TRAVIS|ORT_.*|VITEST.*|NODE_.*)$/;

const folder = temporaryFolder();
const launcher = join(folder, 'loopback-only');
const isBuilt = spawnSync('cc', ['-o', launcher, at('./egress/loopback-only.c')]).status === 0;
const isAllowed = isBuilt && spawnSync(launcher, ['true']).status === 0;
const why = isAllowed ? '' : ` (not here: ${isBuilt ? 'the system allows no name spaces' : 'no C compiler'})`;

afterAll(removeTemporaryFolders);

interface Told {
  readonly done: Readonly<Record<string, number>>;
  readonly tried: Readonly<Record<string, number>>;
}

function inLoopback(...args: string[]): Promise<Told> {
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !CI_VARIABLES.test(name)));
  const child = spawn(launcher, [process.execPath, at('./egress/work.mjs'), ...args], {
    env: { ...env, HOME: folder },
    cwd: folder,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let text = '';
  child.stdout.on('data', (chunk) => (text += chunk));
  return new Promise((resolve, reject) => {
    child.once('close', (code) =>
      code === 0 ? resolve(JSON.parse(text) as Told) : reject(new Error(`${code}: ${text}`)),
    );
  });
}

const sum = ({ tried }: Told) => Object.values(tried).reduce((total, value) => total + value, 0);

describe.skipIf(!isAllowed)(`a server without a network${why}`, () => {
  let told: Told;

  beforeAll(async () => {
    const store = join(folder, 'store');
    buildTestPackage(store, {
      name: 'identity',
      model: identityModel({ dataType: 'FP32', shape: ['batch', 4] }),
      tensors: {
        inputs: [{ name: 'x', dataType: 'FP32', shape: [-1, 4] }],
        outputs: [{ name: 'y', dataType: 'FP32', shape: [-1, 4] }],
      },
      golden: [
        {
          id: 'ramp',
          inputs: { x: { dataType: 'FP32', shape: [1, 4], values: [1, 2, 3, 4] } },
          expected: { y: { dataType: 'FP32', shape: [1, 4], values: [1, 2, 3, 4] } },
        },
      ],
    });
    cpSync(SAMPLE, join(store, 'heart-disease-risk', '1.0.0'), { recursive: true });
    const [config, adapter] = [join(folder, 'config.json'), join(folder, 'cds.json')];
    // Hosts that are kept from the network would hide that something in them had tried.
    writeFileSync(config, JSON.stringify({ isolation: { mode: 'off' } }));
    writeFileSync(adapter, JSON.stringify({ stateFolder: join(folder, 'state') }));
    told = await inLoopback(COMMAND, store, config, adapter);
  });

  it('does all of its work', () => {
    expect(told.done).toEqual({ findings: 3, http: 200, services: expect.any(Number), refused: 400 });
    expect(told.done.services).toBeGreaterThan(0);
  });

  it('has tried to reach nobody, and asked for no name', () => {
    expect(told.tried).toEqual(Object.fromEntries(Object.keys(told.tried).map((name) => [name, 0])));
    expect(Object.keys(told.tried)).toHaveLength(5);
  });

  it.each(['tcp', 'dns', 'child'])('would have been caught: %s', async (kind) => {
    expect(sum(await inLoopback('--planted', kind))).toBeGreaterThan(0);
  });
});
