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
// A moment's work, but beside many installations and tests.
const ASK_LIMIT_MS = 120_000;
const RUN_LIMIT_MS = 300_000;
const OLDEST_PYTHON = '3.10';
/** The first pip that installs into another environment than its own. */
const SHARED_PIP = '22.3';
// Only what is imported is compiled, when it is: that is a small part of what is installed.
const QUIETLY = ['--quiet', '--no-input', '--disable-pip-version-check', '--no-cache-dir', '--no-compile'];

const isWindows = process.platform === 'win32';
const python = process.env.PYTHON ?? (isWindows ? 'python' : 'python3');

/** Environments that are made, or being made, by their folder: peers that share one share the work. */
const environments = new Map();

/**
 * Makes the environment unless it is there already; gives the path of its Python. Throws why it
 * cannot, and Skipped where the only reason is that the peer does not run on so new a Python. A peer may name
 * another, whose environment holds what it needs in the same versions.
 *
 * @param {{ newestPython?: string, withDependencies?: boolean, folderOf?: string }} options `newestPython` as in
 *   "3.12"; without dependencies, only what `requirements.txt` lists is installed; `folderOf` is where that
 *   file lies, if not in the folder of the peer
 */
export function installPythonPeer(root, name, options = {}) {
  const folder = peerFolder(root, name);
  const made = environments.get(folder) ?? makeEnvironment(root, name, options);
  environments.set(folder, made);
  return made;
}

async function makeEnvironment(root, name, { newestPython, withDependencies = true, folderOf }) {
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
  const venvPython = pythonOf(venv);
  const stamp = join(folder, 'installed');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted && existsSync(venvPython)) return venvPython;

  const pip = await sharedPip(root, version);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  await makeVenv(venv, pip === undefined ? [] : ['--without-pip']);
  const [program, before] = pip === undefined ? [venvPython, []] : [pip, ['--python', venvPython]];
  // Building grpcio from its sources would take longer than everything else here together.
  const args = ['-m', 'pip', ...before, 'install', ...QUIETLY, '--only-binary=:all:'];
  if (!withDependencies) args.push('--no-deps');
  const installed = await runProcess(program, [...args, '-r', requirements], { limitMs: INSTALL_LIMIT_MS });
  if (installed.code !== 0) {
    throw new Error(`pip could not install ${requirements}.\n${lastLines(installed.stderr)}`);
  }
  writeFileSync(stamp, wanted);
  return venvPython;
}

let pipForAll;

/**
 * The Python of an environment whose pip installs into all others, since to give each its own takes longer than many
 * an install; undefined where this Python brings a pip that is too old for that.
 */
function sharedPip(root, version) {
  pipForAll ??= (async () => {
    const folder = peerFolder(root, 'pip');
    const venvPython = pythonOf(join(folder, 'venv'));
    const stamp = join(folder, 'installed');
    if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== version || !existsSync(venvPython)) {
      rmSync(folder, { recursive: true, force: true });
      mkdirSync(folder, { recursive: true });
      await makeVenv(join(folder, 'venv'));
      writeFileSync(stamp, version);
    }
    const { code, stdout } = await runProcess(venvPython, ['-m', 'pip', '--version'], { limitMs: INSTALL_LIMIT_MS });
    const [, pipVersion] = /^pip (\S+)/.exec(stdout) ?? [];
    return code !== 0 || pipVersion === undefined || isOlder(pipVersion, SHARED_PIP) ? undefined : venvPython;
  })();
  return pipForAll;
}

async function makeVenv(venv, options = []) {
  const made = await runProcess(python, ['-m', 'venv', ...options, venv], { limitMs: INSTALL_LIMIT_MS });
  if (made.code !== 0) {
    throw new Error(
      `"${python} -m venv" failed. Install Python's venv module (python3-venv on Debian and Ubuntu), or name another Python in PYTHON.\n${lastLines(made.stdout + made.stderr)}`,
    );
  }
}

const pythonOf = (venv) => (isWindows ? join(venv, 'Scripts', 'python.exe') : join(venv, 'bin', 'python'));

/** The Python of this machine, for a peer that needs nothing but the standard library. Throws as above. */
export async function plainPython() {
  await pythonVersion();
  return python;
}

let versionOfAll;

/** "3.12.4", asked once for all. Throws if there is no Python, or too old a one. */
function pythonVersion() {
  versionOfAll ??= askVersion();
  return versionOfAll;
}

async function askVersion() {
  const ask = ['-c', 'import platform; print(platform.python_version())'];
  const { code, stdout, stderr } = await runProcess(python, ask, { limitMs: ASK_LIMIT_MS });
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
