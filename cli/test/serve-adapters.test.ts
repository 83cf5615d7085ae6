import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { deephealthHere, endProcesses, startDeephealth } from './cli-process.js';
import { fileOf } from './platform-commands.js';
import { storeOf, vectorPackage } from './served-packages.js';
import { removeTemporaryFolders, temporaryFolder } from './temporary-folder.js';

afterEach(endProcesses);
afterAll(removeTemporaryFolders);

const FREE = ['--port', '0', '--http-port', 'off', '--adapter-port', '0'];
/** Adapters keep their state in the working folder. */
const serve = (...args: string[]) => startDeephealth(['serve', ...FREE, ...args], { cwd: temporaryFolder() });

describe('deephealth serve with several adapters', () => {
  it('serves each that a package has a binding for at a port of its own, and stops all with the runtime', async () => {
    const server = serve('--models', fileOf('samples/models'), '--adapter', 'all', '--json');
    await server.printed(/^\}$/m);
    server.send('SIGTERM');
    const printed = server.ended;
    const { exitCode, stdout } = await printed;
    expect(exitCode).toBe(0);
    const { adapters, adapter } = JSON.parse(stdout);
    expect(adapter).toBeUndefined();
    expect(adapters.map(({ name }: { name: string }) => name)).toEqual([
      ...['clinical-decision-support', 'digital-pathology', 'expressif', 'piaf'],
    ]);
    const addresses = adapters.map((one: Record<string, string>) => one.baseUrl ?? one.url ?? one.contractAddress);
    expect(new Set(addresses).size).toBe(4);
    for (const url of addresses.filter((one: string) => one.startsWith('http'))) {
      await expect(fetch(url)).rejects.toThrow();
    }
  }, 300_000);

  it('answers on the faces of two at a time', async () => {
    const server = serve('--models', fileOf('samples/models'), '--adapter', 'piaf', '--adapter', 'expressif');
    const [, rules = ''] = await server.printed(/Rule bases on (\S+)\/v1\/rule-bases/);
    const [, chains = ''] = await server.printed(/Processing chains on (\S+)\/ga4gh/);
    expect((await fetch(`${rules}/v1/rule-bases`)).status).toBe(200);
    expect((await fetch(`${chains}/ga4gh/wes/v1/service-info`)).status).toBe(200);
  }, 180_000);

  it('serves none where one cannot be served, and says why', async () => {
    const line = [
      '--adapter',
      'expressif',
      '--adapter',
      'clinical-decision-support',
      '--adapter-config',
      'expressif=x',
    ];
    const { exitCode, complaints } = await serve('--models', fileOf('samples/models'), ...line).ended;
    expect(exitCode).toBe(1);
    expect(complaints).toContain('DH_CONFIG_INVALID');
    const none = await serve('--models', storeOf([vectorPackage]), '--adapter', 'all').ended;
    expect(none.complaints).toMatch(/DH_CONFIG_INVALID: No package .* bindings\/expressif\.json/);
  }, 180_000);

  it.each([
    [['--adapter', 'lumen'], /Allowed choices/],
    [['--adapter', 'all', '--adapter-config', 'file.json'], /say whose configuration/],
    [['--adapter', 'piaf', '--adapter', 'expressif', '--adapter-port', '65535'], /beyond 65535/],
    [['--adapter-port', '1'], /need --adapter/],
  ])('ends wrong usage %j with exit code 2', async (args, says) => {
    const { exitCode, stderr } = await deephealthHere('serve', '--models', '.', ...args);
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(says);
  });
});
