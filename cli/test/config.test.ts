import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { deephealth, endProcesses } from './cli-process.js';
import { removeTemporaryFolders, temporaryFolder } from './temporary-folder.js';

afterEach(endProcesses);
afterAll(removeTemporaryFolders);

function fileOf(text: string): string {
  const path = join(temporaryFolder(), 'ward.json');
  writeFileSync(path, text);
  return path;
}

describe('deephealth config check', () => {
  it('says that a file is valid, without its path, also where the folders it names are not there', async () => {
    const path = fileOf('{"models": ["absent"], "listen": {"grpcPort": 8500}}');
    expect(await deephealth('config', 'check', path)).toMatchObject({
      exitCode: 0,
      stdout: 'ward.json is valid.\n',
      stderr: '',
    });
    expect(JSON.parse((await deephealth('config', 'check', path, '--json')).stdout)).toEqual({ valid: true });
  });

  it('ends with exit code 1 and every problem if it is not', async () => {
    const path = fileOf('{"listen": {"grpcPort": "8500"}, "modles": []}');
    const { exitCode, stdout, stderr } = await deephealth('config', 'check', path);
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' });
    expect(stderr).toMatch(/^DH_CONFIG_INVALID: ward\.json: .*Did you mean "models"\?/);
    expect(stderr).toContain('Field "/listen/grpcPort": expected a whole number from 0 to 65535, received "8500".');
    const json = await deephealth('config', 'check', path, '--json');
    expect(JSON.parse(json.stdout)).toMatchObject({ error: { code: 'DH_CONFIG_INVALID' } });
  });

  it('needs a file', async () => {
    const { exitCode, stderr } = await deephealth('config', 'check');
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(/missing required argument 'file'/);
  });
});
