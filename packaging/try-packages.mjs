// Installs packed packages into an empty project, as a vendor does, and uses them there.
import { spawn } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
/** What the trial asks of: models and what is sent to them. */
const SAMPLES = ['models/heart-disease-risk', 'models/tissue-pixels', 'inputs', 'rules/question.json'];

/** Thrown where the packages of others cannot be had. */
export class NotInstalled extends Error {}

/**
 * @param {string} root the repository, for samples and the compiler of TypeScript
 * @param {string[]} tarballs
 * @returns {Promise<{ check: string, failure?: string }[]>}
 */
export async function tryPackages(root, tarballs) {
  const project = mkdtempSync(join(tmpdir(), 'deephealth-vendor-'));
  try {
    writeFileSync(join(project, 'package.json'), '{"name":"vendor","private":true,"type":"module"}');
    // Nothing may run while packages are installed, and nothing may be fetched but packages.
    const flags = ['--ignore-scripts', '--prefer-offline', '--no-audit', '--no-fund', '--loglevel=error'];
    const installed = await run(npm, ['install', ...flags, ...tarballs], project);
    if (installed.code !== 0) throw new NotInstalled(installed.output);
    for (const path of SAMPLES)
      cpSync(join(root, 'samples', path), join(project, 'samples', path), { recursive: true });
    cpSync(join(root, 'packaging', 'vendor-trial.mjs'), join(project, 'vendor-trial.mjs'));
    const checks = [
      { check: 'only packages of the registry are installed', failure: fetched(project) },
      {
        check: 'a TypeScript project compiles against each package, declarations and all',
        ...(await compiled(root, project)),
      },
    ];
    const env = { DEEPHEALTH_NATIVE: process.platform === 'linux' && process.arch === 'x64' ? 'require' : 'auto' };
    const trial = await run(process.execPath, ['vendor-trial.mjs', 'samples'], project, env);
    const lines = trial.output.split('\n').filter((line) => line.startsWith('{"check"'));
    checks.push(...lines.map((line) => JSON.parse(line)));
    checks.push({
      check: 'the trial runs to its end',
      failure: trial.code === 0 ? undefined : trial.output.slice(-2000),
    });
    return checks;
  } finally {
    rmSync(project, { recursive: true, force: true });
  }
}

/** ONNX Runtime's install script would add libraries for GPUs to those for the processor. */
function fetched(project) {
  const folder = join(project, 'node_modules', 'onnxruntime-node', 'bin');
  const extra = existsSync(folder)
    ? readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((path) => /cuda|tensorrt/i.test(path))
    : ['no libraries at all'];
  return extra.length === 0 ? undefined : extra.join(', ');
}

/** Every entry of every package, with the checks of libraries on. */
async function compiled(root, project) {
  const scope = join(project, 'node_modules', '@deephealth');
  const names = readdirSync(scope).map((name) => `@deephealth/${name}`);
  const text = names.map((name, at) => `import * as package${at} from '${name}';\nvoid package${at};\n`).join('');
  mkdirSync(join(project, 'types'));
  writeFileSync(join(project, 'types', 'index.ts'), text);
  const compiler = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  const options = ['--noEmit', '--strict', '--module', 'nodenext', '--target', 'es2022', '--types', 'node'];
  const { code, output } = await run(process.execPath, [compiler, ...options, 'types/index.ts'], project);
  return { failure: code === 0 ? undefined : output.slice(0, 2000) };
}

function run(program, args, cwd, env = {}) {
  const child = spawn(program, args, {
    cwd,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    shell: process.platform === 'win32',
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => (output += text));
  return new Promise((resolve) => {
    child.on('error', (error) => resolve({ code: 1, output: error.message }));
    child.on('close', (code, signal) => resolve({ code: code ?? signal, output }));
  });
}
