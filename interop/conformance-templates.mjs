// Builds the templates of conformance/templates/, each as its README says, in a copy below .build/.
import { createHash } from 'node:crypto';
import {
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { unpackDebianPackage, unpackedEnvironment } from './debian-packages.mjs';
import { otherGoPrograms, runGo } from './go-program.mjs';
import { peerFolder } from './peer-folder.mjs';
import { installPythonPeer } from './python-peer.mjs';
import { lastLines, runProcess } from './run-process.mjs';
import { Skipped } from './skipped.mjs';

const BUILD_LIMIT_MS = 600_000;
const ASK_LIMIT_MS = 30_000;
/** What a build leaves in a template's folder, where somebody has built it by hand. */
const BUILT = new Set(['generated', 'build', 'target', '__pycache__', 'node_modules']);

const templateFolder = (root, language) => join(root, 'conformance', 'templates', language);
const protosOf = (root) => join(root, 'proto', 'proto');

/**
 * Each builds a template and gives the words of its harness's command. Throws why it cannot, and Skipped
 * where the language is not there.
 */
export const BUILDERS = {
  async python(root, name) {
    const venvPython = await installPythonPeer(root, name, { folderOf: templateFolder(root, 'python') });
    const folder = await buildOnce(root, name, 'python', (copy) =>
      run(venvPython, [join(copy, 'generate.py'), protosOf(root)], copy),
    );
    return [venvPython, join(folder, 'harness.py')];
  },

  async go(root, name) {
    // One of the other programs has been built with the same gRPC.
    await otherGoPrograms();
    const folder = await buildOnce(root, name, 'go', async (copy) => {
      await runGo(root, ['run', './internal/generate', protosOf(root), 'generated'], { cwd: copy });
      await runGo(root, ['build', '-o', 'build/runtime', '.'], { cwd: copy });
    });
    return [join(folder, 'build', 'runtime'), 'harness'];
  },

  async java(root, name) {
    for (const program of ['mvn', 'javac']) await requireProgram(program, ['-version']);
    const folder = await buildOnce(root, name, 'java', async (copy) => {
      const repository = join(copy, 'target', 'repository');
      const settings = [`-Dmaven.repo.local=${repository}`, `-Dprotos=${protosOf(root)}`];
      // The better compiler of the JVM would only begin to pay when Maven is done.
      const env = { MAVEN_OPTS: '-XX:TieredStopAtLevel=1 -XX:+UseSerialGC' };
      await run('mvn', ['-B', '-q', ...settings, 'compile'], copy, env);
      // What runs it was copied beside it.
      rmSync(repository, { recursive: true, force: true });
    });
    const path = ['classes', join('libraries', '*')].map((part) => join(folder, 'target', part)).join(':');
    return ['java', '-XX:TieredStopAtLevel=1', '-cp', path, 'example.Harness'];
  },

  async cpp(root, name) {
    for (const program of ['cmake', 'c++']) await requireProgram(program, ['--version']);
    const unpacked = join(peerFolder(root, name), 'debian');
    const folder = await buildOnce(root, name, 'cpp', async (copy) => {
      rmSync(unpacked, { recursive: true, force: true });
      await unpackDebianPackage(unpacked, 'libgrpc++-dev', 'libprotobuf-dev', 'libssl-dev', 'protobuf-compiler-grpc');
      linkSystemLibraries(join(unpacked, 'root', 'usr', 'lib'));
      const env = unpackedToolchain(unpacked);
      // Each file alone would read the same headers again, and that is most of the time.
      const flags = [`-DPROTOS=${protosOf(root)}`, '-DCMAKE_CXX_FLAGS=-O0', '-DCMAKE_UNITY_BUILD=ON'];
      await run('cmake', ['-S', '.', '-B', 'build', ...flags], copy, env);
      await run('cmake', ['--build', 'build', '--parallel', '2'], copy, env);
    });
    const { LD_LIBRARY_PATH } = unpackedToolchain(unpacked);
    return ['env', `LD_LIBRARY_PATH=${LD_LIBRARY_PATH}`, join(folder, 'build', 'runtime'), 'harness'];
  },

  async typescript(root, name) {
    const folder = await buildOnce(root, name, 'typescript', async (copy) => {
      const { scripts } = JSON.parse(readFileSync(join(copy, 'package.json'), 'utf8'));
      const [generator, ...args] = scripts.generate.replace('../../../proto/proto', protosOf(root)).split(' ');
      // The packages of this repository are found from below .build/, too.
      const bin = (program) => join(root, 'node_modules', '.bin', program);
      await run(bin(generator), args, copy);
      await run(bin('tsc'), [], copy);
    });
    return ['env', `DEEPHEALTH_PROTOS=${protosOf(root)}`, process.execPath, join(folder, 'build', 'harness.js')];
  },
};

/** Builds a copy of the template unless one of the very same files and contract was built; gives its folder. */
async function buildOnce(root, name, language, build) {
  const source = templateFolder(root, language);
  const wanted = digestOf([...filesIn(source), ...filesIn(protosOf(root))]);
  const folder = join(peerFolder(root, name), 'template');
  const stamp = join(folder, 'built');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return folder;
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  for (const entry of readdirSync(source)) {
    if (!BUILT.has(entry)) cpSync(join(source, entry), join(folder, entry), { recursive: true, filter: isSource });
  }
  await build(folder);
  writeFileSync(stamp, wanted);
  return folder;
}

const isSource = (path) => ![...BUILT].some((part) => path.split(/[\\/]/).at(-1) === part);

function filesIn(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (BUILT.has(entry.name)) return [];
    return entry.isDirectory() ? filesIn(path) : [path];
  });
}

function digestOf(files) {
  const hash = createHash('sha256');
  for (const file of files.sort()) hash.update(`${file}\n`).update(readFileSync(file));
  return hash.digest('hex');
}

/** Tools and libraries that were unpacked, for cmake and what it starts. */
function unpackedToolchain(folder) {
  const usr = join(folder, 'root', 'usr');
  const { env } = unpackedEnvironment(folder);
  return {
    ...env,
    LIBRARY_PATH: env.LD_LIBRARY_PATH,
    PATH: `${join(usr, 'bin')}:${process.env.PATH}`,
    CMAKE_PREFIX_PATH: usr,
  };
}

/** What the system has already was not unpacked: links to libraries that lead nowhere lead there. */
function linkSystemLibraries(folder) {
  const triplets = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('-linux-gnu')) : [];
  for (const triplet of triplets) {
    const [unpacked, system] = [join(folder, triplet), join('/usr/lib', triplet)];
    const isThere = (path) => lstatSync(path, { throwIfNoEntry: false }) !== undefined;
    // A library is a chain of links, of which each end may lie on the other side.
    const follow = (name) => {
      const path = join(unpacked, name);
      if (!isThere(path) && existsSync(join(system, name))) symlinkSync(join(system, name), path);
      if (isThere(path) && lstatSync(path).isSymbolicLink()) {
        const target = readlinkSync(path);
        const next = target.startsWith(system) ? linkTarget(target) : target;
        if (next !== undefined && !next.includes('/')) follow(next);
      }
    };
    for (const name of readdirSync(unpacked)) follow(name);
  }
}

const linkTarget = (path) => (lstatSync(path).isSymbolicLink() ? readlinkSync(path) : undefined);

async function requireProgram(program, args) {
  const { code, stderr } = await runProcess(program, args, { limitMs: ASK_LIMIT_MS });
  if (code !== 0) throw new Skipped(`it is built with ${program}, which does not run here: ${lastLines(stderr, 1)}`);
}

async function run(command, args, cwd, env = {}) {
  const { code, stdout, stderr } = await runProcess(command, args, { limitMs: BUILD_LIMIT_MS, cwd, env });
  if (code !== 0) throw new Error(`"${command} ${args.join(' ')}" failed.\n${lastLines(stdout + stderr)}`);
}
