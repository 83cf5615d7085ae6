// Finds a build of perf_analyzer that runs on this machine; what was tried is told if none does.
import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { peerFolder } from './peer-folder.mjs';
import { besidePython, installPythonPeer } from './python-peer.mjs';
import { lastLines, runProcess } from './run-process.mjs';
import { Skipped } from './skipped.mjs';

const LIMIT_MS = 300_000;

/** The present release, then an older one for systems with an older C library. */
const BUILDS = [
  { name: 'perf_analyzer', title: 'perf-analyzer 2.60.0' },
  { name: 'perf_analyzer_glibc_2_35', title: 'perf_analyzer of tritonclient 2.51.0' },
];

/** Of Debian and Ubuntu; the older build is linked with it, and no package of PyPI brings it. */
const BASE64_PACKAGE = 'libb64-0d';
const BASE64_LIBRARY = 'libb64.so.0d';

/** Gives { command, env, version } of the first build that starts. Throws Skipped with what each one met. */
export async function installPerfAnalyzer(root) {
  const met = [];
  for (const { name, title } of BUILDS) {
    try {
      return await installBuild(root, name);
    } catch (error) {
      met.push(`${title}: ${error.message}`);
    }
  }
  const { glibcVersionRuntime: glibc = 'none' } = process.report.getReport().header;
  throw new Skipped(
    `no build of it starts here (${process.platform} ${process.arch}, glibc ${glibc}).\n    ${met.join('\n    ')}`,
  );
}

async function installBuild(root, name) {
  const venvPython = await installPythonPeer(root, name, { withDependencies: false });
  const command = besidePython(venvPython, 'perf_analyzer');
  if (!existsSync(command)) throw new Error('the package brings no program.');
  const cuda = sitePackages(venvPython, join('nvidia', 'cuda_runtime', 'lib'));
  const started = await start(command, cuda);
  if (started.code === 0) return program(command, cuda, started);
  if (!started.text.includes(BASE64_LIBRARY)) throw new Error(lastLines(started.text, 2));
  const folders = [...cuda, await fetchBase64Library(root, name)];
  const again = await start(command, folders);
  if (again.code !== 0) throw new Error(lastLines(again.text, 2));
  return program(command, folders, again);
}

function program(command, folders, { text }) {
  return { command, env: libraryPath(folders), version: /Version (\S+)/.exec(text)?.[1] ?? 'of an unknown version' };
}

async function start(command, folders) {
  const { code, stdout, stderr } = await runProcess(command, ['--version'], {
    limitMs: LIMIT_MS,
    env: libraryPath(folders),
  });
  return { code, text: `${stdout}\n${stderr}`.trim() };
}

function libraryPath(folders) {
  const path = [...folders, process.env.LD_LIBRARY_PATH].filter((entry) => entry !== undefined && entry !== '');
  return path.length === 0 ? {} : { LD_LIBRARY_PATH: path.join(delimiter) };
}

function sitePackages(venvPython, folder) {
  const lib = join(dirname(dirname(venvPython)), 'lib');
  return readdirSync(lib)
    .map((python) => join(lib, python, 'site-packages', folder))
    .filter((path) => existsSync(path));
}

/** Unpacks the library below .build/ from the distribution's package; nothing is installed, no rights are needed. */
async function fetchBase64Library(root, name) {
  const folder = join(peerFolder(root, name), BASE64_PACKAGE);
  const unpacked = () =>
    existsSync(folder)
      ? readdirSync(folder, { recursive: true }).find((path) => path.endsWith(BASE64_LIBRARY))
      : undefined;
  if (unpacked() === undefined) {
    // Package lists of its own, since those of the machine may be old or empty.
    const apt = join(folder, 'apt');
    for (const part of ['lists/partial', 'cache/archives/partial']) mkdirSync(join(apt, part), { recursive: true });
    const options = ['-q', '-o', `Dir::State::Lists=${join(apt, 'lists')}`, '-o', `Dir::Cache=${join(apt, 'cache')}`];
    await demand(folder, 'apt-get', [...options, 'update']);
    await demand(folder, 'apt-get', [...options, 'download', BASE64_PACKAGE]);
    const archive = readdirSync(folder).find((file) => file.endsWith('.deb'));
    if (archive === undefined) throw new Error(`${BASE64_LIBRARY} is missing, and apt-get brought nothing.`);
    await demand(folder, 'dpkg-deb', ['-x', archive, 'root']);
    rmSync(apt, { recursive: true, force: true });
  }
  const library = unpacked();
  if (library === undefined) throw new Error(`${BASE64_LIBRARY} is missing, and not in ${BASE64_PACKAGE} either.`);
  return dirname(join(folder, library));
}

async function demand(folder, command, args) {
  const { code, stdout, stderr } = await runProcess(command, args, { limitMs: LIMIT_MS, cwd: folder });
  if (code === 0) return;
  const verb = args.find((arg) => /^[a-z-]+$/.test(arg) && arg !== '-q' && arg !== '-o');
  throw new Error(
    `${BASE64_LIBRARY} is missing, and "${command} ${verb}" failed: ${lastLines(stderr || stdout, 1) || code}`,
  );
}
