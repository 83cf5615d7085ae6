// Installs a Python peer into its own virtual environment below .build/ and runs its programs.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { lastLines, runProcess } from './run-process.mjs';

const INSTALL_LIMIT_MS = 240_000;
const RUN_LIMIT_MS = 150_000;
const OLDEST_PYTHON = [3, 10];

const isWindows = process.platform === 'win32';
const python = process.env.PYTHON ?? (isWindows ? 'python' : 'python3');

/** Folder of a peer below .build/, which git ignores. */
export const peerFolder = (root, name) => join(root, '.build', 'interop', name);

/** Makes the environment unless it is there already; gives the path of its Python. Throws why it cannot. */
export async function installPythonPeer(root, name) {
  const requirements = join(root, 'interop', name, 'requirements.txt');
  const wanted = createHash('sha256')
    .update(`${await pythonVersion()}\n${readFileSync(requirements, 'utf8')}`)
    .digest('hex');
  const folder = peerFolder(root, name);
  const venv = join(folder, 'venv');
  const venvPython = isWindows ? join(venv, 'Scripts', 'python.exe') : join(venv, 'bin', 'python');
  const stamp = join(folder, 'installed');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted && existsSync(venvPython)) return venvPython;

  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const made = await runProcess(python, ['-m', 'venv', venv], { limitMs: INSTALL_LIMIT_MS });
  if (made.code !== 0) {
    throw new Error(
      `"${python} -m venv" failed. Install Python's venv module (python3-venv on Debian and Ubuntu), or name another Python in PYTHON.\n${lastLines(made.stdout + made.stderr)}`,
    );
  }
  const quietly = ['--quiet', '--no-input', '--disable-pip-version-check', '--no-cache-dir'];
  // Building grpcio from its sources would take longer than everything else here together.
  const pip = ['-m', 'pip', 'install', ...quietly, '--only-binary=:all:', '-r', requirements];
  const installed = await runProcess(venvPython, pip, { limitMs: INSTALL_LIMIT_MS });
  if (installed.code !== 0) {
    throw new Error(`pip could not install interop/${name}/requirements.txt.\n${lastLines(installed.stderr)}`);
  }
  writeFileSync(stamp, wanted);
  return venvPython;
}

/** "3.12.4". Throws if there is no Python, or too old a one. */
async function pythonVersion() {
  const oldest = OLDEST_PYTHON.join('.');
  const ask = ['-c', 'import platform; print(platform.python_version())'];
  const { code, stdout, stderr } = await runProcess(python, ask, { limitMs: 30_000 });
  if (code !== 0) {
    const why = `"${python}" does not run. Install Python ${oldest} or later, or name it in PYTHON.`;
    throw new Error(`${why}\n${lastLines(stderr)}`);
  }
  const version = stdout.trim();
  const [major, minor] = version.split('.').map(Number);
  if (major < OLDEST_PYTHON[0] || (major === OLDEST_PYTHON[0] && minor < OLDEST_PYTHON[1])) {
    throw new Error(`Python ${version} is too old: ${oldest} or later is needed. Name a newer one in PYTHON.`);
  }
  return version;
}

/**
 * Runs `interop/<name>/<program>` with what lies in `importFolders` importable; gives its
 * { code, stdout }. Its lines on stderr are shown as they come.
 */
export function runPython(root, name, { venvPython, program, args, importFolders = [] }) {
  return runProcess(venvPython, [join(root, 'interop', name, program), ...args], {
    limitMs: RUN_LIMIT_MS,
    showStderr: true,
    env: {
      PYTHONPATH: [join(root, 'interop'), ...importFolders].join(delimiter),
      PYTHONDONTWRITEBYTECODE: '1',
      // A proxy of the machine must not be asked for the way to loopback.
      no_grpc_proxy: '127.0.0.1',
    },
  });
}

/** What `run_checks.py` counted. Throws if it ended before it had counted. */
export async function runPythonChecks(root, name, options) {
  const { code, stdout } = await runPython(root, name, { program: 'run_checks.py', ...options });
  try {
    return JSON.parse(stdout.trim().split('\n').at(-1));
  } catch {
    throw new Error(`its checks ended with ${code} before they had all run.`);
  }
}
