// Installs a Python peer into its own virtual environment below .build/ and runs its programs.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { LOOPBACK_ENVIRONMENT } from './loopback-environment.mjs';
import { peerFolder } from './peer-folder.mjs';
import { lastLines, runProcess } from './run-process.mjs';
import { Skipped } from './skipped.mjs';

// Many programs are installed on two cores, one after the other; a registry may be slow.
const INSTALL_LIMIT_MS = 600_000;
const RUN_LIMIT_MS = 150_000;
const OLDEST_PYTHON = '3.10';

const isWindows = process.platform === 'win32';
const python = process.env.PYTHON ?? (isWindows ? 'python' : 'python3');

/**
 * Makes the environment unless it is there already; gives the path of its Python. Throws why it
 * cannot, and Skipped where the only reason is that the peer does not run on so new a Python.
 *
 * @param {{ newestPython?: string, withDependencies?: boolean, folderOf?: string }} options `newestPython` as in
 *   "3.12"; without dependencies, only what `requirements.txt` lists is installed; `folderOf` is where that
 *   file lies, if not in the folder of the peer
 */
export async function installPythonPeer(root, name, { newestPython, withDependencies = true, folderOf } = {}) {
  const version = await pythonVersion();
  if (newestPython !== undefined && isOlder(newestPython, version)) {
    throw new Skipped(`it runs on Python up to ${newestPython}, this one is ${version}. Name an older one in PYTHON.`);
  }
  const requirements = join(folderOf ?? join(root, 'interop', name), 'requirements.txt');
  const wanted = createHash('sha256')
    .update(`${version} ${withDependencies}\n${readFileSync(requirements, 'utf8')}`)
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
  // Only what is imported is compiled, when it is: that is a small part of what is installed.
  const quietly = ['--quiet', '--no-input', '--disable-pip-version-check', '--no-cache-dir', '--no-compile'];
  // Building grpcio from its sources would take longer than everything else here together.
  const pip = ['-m', 'pip', 'install', ...quietly, '--only-binary=:all:'];
  if (!withDependencies) pip.push('--no-deps');
  const installed = await runProcess(venvPython, [...pip, '-r', requirements], { limitMs: INSTALL_LIMIT_MS });
  if (installed.code !== 0) {
    throw new Error(`pip could not install ${requirements}.\n${lastLines(installed.stderr)}`);
  }
  writeFileSync(stamp, wanted);
  return venvPython;
}

/** The Python of this machine, for a peer that needs nothing but the standard library. Throws as above. */
export async function plainPython() {
  await pythonVersion();
  return python;
}

/** "3.12.4". Throws if there is no Python, or too old a one. */
async function pythonVersion() {
  const ask = ['-c', 'import platform; print(platform.python_version())'];
  const { code, stdout, stderr } = await runProcess(python, ask, { limitMs: 30_000 });
  if (code !== 0) {
    const why = `"${python}" does not run. Install Python ${OLDEST_PYTHON} or later, or name it in PYTHON.`;
    throw new Error(`${why}\n${lastLines(stderr)}`);
  }
  const version = stdout.trim();
  if (isOlder(version, OLDEST_PYTHON)) {
    throw new Error(`Python ${version} is too old: ${OLDEST_PYTHON} or later is needed. Name a newer one in PYTHON.`);
  }
  return version;
}

/** Compares major and minor only. */
function isOlder(version, other) {
  const [major, minor] = version.split('.').map(Number);
  const [otherMajor, otherMinor] = other.split('.').map(Number);
  return major < otherMajor || (major === otherMajor && minor < otherMinor);
}

/** A program that pip installed beside the environment's Python. */
export const besidePython = (venvPython, program) => join(dirname(venvPython), isWindows ? `${program}.exe` : program);

/** The environment variables that a peer's Python programs need. */
export function pythonEnvironment(root, name, importFolders = []) {
  return {
    PYTHONPATH: [join(root, 'interop'), ...importFolders].join(delimiter),
    PYTHONDONTWRITEBYTECODE: '',
    PYTHONPYCACHEPREFIX: join(peerFolder(root, name), 'pycache'),
    ...LOOPBACK_ENVIRONMENT,
  };
}

/**
 * Runs `interop/<name>/<program>` with what lies in `importFolders` importable and more of an environment;
 * gives its { code, stdout }. Its lines on stderr are shown as they come.
 */
export function runPython(root, name, { venvPython, program, args, importFolders, env = {} }) {
  return runProcess(venvPython, [join(root, 'interop', name, program), ...args], {
    limitMs: RUN_LIMIT_MS,
    showStderr: true,
    env: { ...pythonEnvironment(root, name, importFolders), ...env },
  });
}

/** Messages and stubs of the contract, generated now; gives the folder to import them from. */
export async function generateStubs(root, name, venvPython) {
  const generated = join(peerFolder(root, name), 'generated');
  const args = [join(root, 'proto', 'proto'), generated];
  const program = join('..', 'generate_stubs.py');
  const { code } = await runPython(root, name, { venvPython, program, args });
  if (code !== 0) throw new Error(`protoc refused the contract (exit code ${code}).`);
  return generated;
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
