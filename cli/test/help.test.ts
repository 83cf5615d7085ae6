import { afterEach, describe, expect, it } from 'vitest';
import { deephealth, deephealthHere, endProcesses } from './cli-process.js';

afterEach(endProcesses);

const COMMANDS = ['init', 'validate', 'serve', 'predict', 'models', 'doctor', 'config', 'calibrate', 'limits'];

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
