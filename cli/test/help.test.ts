import { afterEach, describe, expect, it } from 'vitest';
import { deephealth, deephealthHere, endProcesses } from './cli-process.js';

afterEach(endProcesses);

const COMMANDS = [
  'add',
  'init',
  'validate',
  'serve',
  'predict',
  'models',
  'doctor',
  'config',
  'calibrate',
  'limits',
  'audit',
];

const CREDENTIALS = ['--tls-ca', '--tls-cert', '--tls-key', '--tls-name', '--token-file'];
const ASKING = [
  ...[
    'batch',
    'chain infer',
    'chain rerun',
    'conformance doctor',
    'conformance runtime',
    'empaia-app',
    'evaluate',
    'fixed-batch',
    'health',
  ],
  ...['model list', 'model resume', 'model rollout', 'model suspend', 'models', 'predict', 'slide predict'],
];

/** Of every command, and of those within. */
async function allHelp(line: readonly string[] = []): Promise<{ line: string; help: string }[]> {
  const { stdout } = await deephealthHere(...line, '--help');
  const [, list = ''] = stdout.split(/^Commands:$/m);
  const names = [...list.matchAll(/^ {2}([a-z][\w-]*)/gm)].flatMap(([, name = '']) => (name === 'help' ? [] : [name]));
  const below: { line: string; help: string }[] = [];
  for (const name of names) below.push(...(await allHelp([...line, name])));
  return [{ line: line.join(' '), help: stdout }, ...below];
}

describe('the help', () => {
  it('of the program names every command, an example of each and the exit codes', async () => {
    const { exitCode, stdout, stderr } = await deephealth('--help');
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    for (const command of COMMANDS) {
      expect(stdout).toMatch(new RegExp(`^  ${command} `, 'm'));
      expect(stdout).toMatch(new RegExp(`^  \\$ deephealth ${command}\\b`, 'm'));
    }
    expect(stdout).toMatch(/Exit codes: 0 .*1 .*2 .*3 .*70 /);
  });

  it.each(COMMANDS)('of %s shows an example that can be copied, and --json', async (command) => {
    const { exitCode, stdout, stderr } = await deephealthHere(command, '--help');
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(stdout).toMatch(new RegExp(`^  \\$ deephealth ${command}\\b`, 'm'));
    expect(stdout).toContain('--json');
  });

  it('of every command that asks a server names how it is spoken to and who asks', async () => {
    const asking = (await allHelp()).filter(
      // "--target" of `batch` is a column.
      ({ line, help }) => /^ +--address </m.test(help) || (line.startsWith('conformance') && help.includes('--tls-ca')),
    );
    expect(asking.map(({ line }) => line).sort()).toEqual(ASKING);
    for (const { line, help } of asking) {
      expect({ line, lacks: CREDENTIALS.filter((one) => !help.includes(`  ${one} <`)) }).toEqual({ line, lacks: [] });
    }
  }, 60_000);

  it('--version prints the version of the package', async () => {
    const { exitCode, stdout } = await deephealth('--version');
    expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: '0.1.0\n' });
  });
});

describe('wrong usage ends with exit code 2, says what is wrong and leaves standard output empty', () => {
  it.each([
    { line: '', says: /Usage: deephealth/ },
    { line: 'frobnicate', says: /unknown command 'frobnicate'/ },
    { line: 'predict', says: /missing required argument 'model'/ },
    { line: 'predict risk@1@2 x.json', says: /name@version/ },
    { line: 'predict @2 x.json --json', says: /name@version/ },
    { line: 'serve', says: /--models/ },
    { line: 'serve --models . --port http', says: /number from 0 to 65535/ },
    { line: 'serve --models . --port 85.5', says: /whole number/ },
    { line: 'serve --models . --log-level loud', says: /debug, info, warn, error/ },
    { line: 'models --timeout soon', says: /--timeout <seconds>.*number/ },
    { line: 'init store', says: /--from <model\.onnx>/ },
    { line: 'doctor --fix', says: /unknown option '--fix'/ },
  ])('deephealth $line', async ({ line, says }) => {
    const { exitCode, stdout, stderr } = await deephealthHere(...line.split(' ').filter((word) => word !== ''));
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(stderr).toMatch(says);
  });

  it('deephealth serve, as a process', async () => {
    const { exitCode, stdout, stderr } = await deephealth('serve');
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(stderr).toMatch(/--models/);
  });
});
