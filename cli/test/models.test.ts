import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { deephealth, endProcesses, startDeephealth } from './cli-process.js';
import { brokenPackage, riskPackage, type ServedPackages, servePackages, vectorPackage } from './served-packages.js';
import { removeTemporaryFolders } from './temporary-folder.js';

let served: ServedPackages;
beforeAll(async () => {
  served = await servePackages([vectorPackage, brokenPackage, riskPackage('1.0.0', 0.5), riskPackage('2.0.0', 0.25)]);
});
afterEach(endProcesses);
afterAll(async () => {
  await served.stop();
  removeTemporaryFolders();
});

const models = (...args: string[]) => deephealth('models', '--address', served.server.address, ...args);

describe('deephealth models', () => {
  it('shows each version with its state, default and the start of its digest', async () => {
    const { exitCode, stdout, stderr } = await models();
    const cells = stdout.split('\n').map((line) => line.split(/\s{2,}/));
    const digest = (name: string, version: string) =>
      served.server.store.find(name, version).packageSha256.slice(0, 12);
    expect(exitCode).toBe(0);
    expect(stderr).toBe('');
    expect(cells[0]).toEqual(['MODEL', 'VERSION', 'STATE', 'DEFAULT', 'PACKAGE', 'TITLE']);
    expect(cells).toContainEqual(['risk', '2.0.0', 'READY', 'yes', digest('risk', '2.0.0'), 'Risk from a score']);
    expect(cells).toContainEqual(['vector', '1.0.0', 'READY', 'yes', digest('vector', '1.0.0'), 'Test model']);
    // The older version is served too, but nobody gets it without asking for it.
    const older = cells.find(([name, version]) => name === 'risk' && version === '1.0.0');
    expect(older).toContain('READY');
    expect(older).not.toContain('yes');
  });

  it('says below the table why a model was refused', async () => {
    const { exitCode, stdout } = await models();
    const reason = served.server.store.find('broken', '1.0.0').reason;
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^broken +1\.0\.0 +QUARANTINED/m);
    expect(reason?.code).toBe('DH_GOLDEN_MISMATCH');
    expect(stdout).toContain(`\nbroken 1.0.0: DH_GOLDEN_MISMATCH\n  ${reason?.message}\n`);
  });

  it('prints with --json exactly what a client of the contract gets', async () => {
    const { exitCode, stdout, stderr } = await models('--json');
    expect(exitCode).toBe(0);
    expect(stderr).toBe('');
    expect(JSON.parse(stdout)).toEqual(JSON.parse(JSON.stringify({ models: await served.client.listModels() })));
  });

  it('shows only the model that is named', async () => {
    const { stdout } = await models('risk', '--json');
    const listed = (JSON.parse(stdout) as { models: { name: string; version: string }[] }).models;
    expect(listed.map(({ name, version }) => `${name}/${version}`)).toEqual(['risk/2.0.0', 'risk/1.0.0']);
  });

  it('refuses the name of a model that the server does not have, instead of showing an empty list', async () => {
    const { exitCode, stdout, stderr } = await models('nowhere');
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' });
    expect(stderr).toMatch(/^DH_MODEL_NOT_FOUND: /);
  });

  it('takes the address from DEEPHEALTH_ADDRESS if no option names one', async () => {
    const env = { DEEPHEALTH_ADDRESS: served.server.address };
    const { exitCode, stdout } = await startDeephealth(['models', 'vector'], { env }).ended;
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^vector +1\.0\.0 +READY/m);
  });
});

describe('deephealth models at an empty server', () => {
  it('says that there are none and what to do', async () => {
    const empty = await servePackages([]);
    try {
      const { exitCode, stdout } = await deephealth('models', '--address', empty.server.address);
      expect(exitCode).toBe(0);
      expect(stdout).toMatch(/no models.*model store/);
    } finally {
      await empty.stop();
    }
  });
});
