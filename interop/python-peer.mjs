// Installs a Python peer into its own virtual environment below .build/ and runs its checks.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const INSTALL_LIMIT_MS = 240_000;
const CHECKS_LIMIT_MS = 180_000;
const OLDEST_PYTHON = [3, 10];

const python = process.env.PYTHON ?? (process.platform === 'win32' ? 'python' : 'python3');

/** Makes the environment unless it is there already; gives the path of its Python. Throws why it cannot. */
export async function installPythonPeer(root, name) {
  const requirements = readFileSync(join(root, 'interop', name, 'requirements.txt'), 'utf8');
  const version = await pythonVersion();
  const wanted = createHash('sha256').update(`${version}\n${requirements}`).digest('hex');
  const folder = join(root, '.build', 'interop', name);
  const venv = join(folder, 'venv');
  const venvPython = process.platform === 'win32' ? join(venv, 'Scripts', 'python.exe') : join(venv, 'bin', 'python');
  const stamp = join(folder, 'installed');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted && existsSync(venvPython)) return venvPython;

  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const made = await run(python, ['-m', 'venv', venv], INSTALL_LIMIT_MS);
  if (made.code !== 0) {
    throw new Error(
      `"${python} -m venv" failed. Install Python's venv module; on Debian and Ubuntu it is the package python3-venv.\n${tail(made.output)}`,
    );
  }
  const pip = ['-m', 'pip', 'install', '--no-cache-dir', '--no-input', '--disable-pip-version-check', '--quiet'];
  // Building grpcio from source takes longer than everything else here together.
  const installed = await run(
    venvPython,
    [...pip, '--only-binary=:all:', '-r', join(root, 'interop', name, 'requirements.txt')],
    INSTALL_LIMIT_MS,
  );
  if (installed.code !== 0) {
    throw new Error(`pip could not install interop/${name}/requirements.txt.\n${tail(installed.output)}`);
  }
  writeFileSync(stamp, wanted);
  return venvPython;
}

/** "3.12.4". Throws if there is no Python, or too old a one. */
async function pythonVersion() {
  const { code, output } = await run(python, ['-c', 'import platform; print(platform.python_version())'], 30_000);
  if (code !== 0) throw new Error(`"${python}" does not run. Install Python 3.10 or later, or name it in PYTHON.`);
  const version = output.trim();
  const [major, minor] = version.split('.').map(Number);
  if (major < OLDEST_PYTHON[0] || (major === OLDEST_PYTHON[0] && minor < OLDEST_PYTHON[1])) {
    throw new Error(`Python ${version} is too old: ${OLDEST_PYTHON.join('.')} or later is needed.`);
  }
  return version;
}

/**
 * Runs `interop/<name>/<script>`. Its lines on stderr are shown as they come; gives what it wrote to
 * stdout. Throws if it fails in another way than by failing checks.
 */
export async function runPythonPeer(root, name, { venvPython, script, args, importFolders = [] }) {
  const { code, output } = await run(
    venvPython,
    [join(root, 'interop', name, script), ...args],
    CHECKS_LIMIT_MS,
    {
      PYTHONPATH: [join(root, 'interop'), ...importFolders].join(process.platform === 'win32' ? ';' : ':'),
      PYTHONDONTWRITEBYTECODE: '1',
      PYTHONUNBUFFERED: '1',
      // A proxy would be asked for loopback addresses too.
      no_grpc_proxy: '127.0.0.1',
    },
    'show stderr',
  );
  if (code !== 0 && code !== 1) throw new Error(`${script} ended with ${code}.`);
  return output;
}

/** Runs a command to its end, or to its limit; gives { code, output }. */
function run(command, args, limitMs, env = {}, mode = 'collect stderr') {
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      stdio: ['ignore', 'pipe', mode === 'show stderr' ? 'inherit' : 'pipe'],
      env: { ...process.env, ...env },
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text) => {
        output += text;
      });
    }
    const timer = setTimeout(() => {
      output += `\nended after ${limitMs / 1000} s`;
      child.kill('SIGKILL');
    }, limitMs);
    child.on('error', (error) => {
      clearTimeout(timer);
      resolve({ code: -1, output: error.message });
    });
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      resolve({ code: code ?? signal, output });
    });
  });
}

function tail(output) {
  return output.trim().split('\n').slice(-15).join('\n');
}
