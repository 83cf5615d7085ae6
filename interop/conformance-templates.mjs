// Builds the templates of conformance/templates/, each as its README says, in a copy below .build/.
import { existsSync, lstatSync, readdirSync, readFileSync, readlinkSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { javaCommand, requireMaven, requireProgram, runBuild, runMaven } from './build-tools.mjs';
import { builtCopy } from './built-copy.mjs';
import { unpackDebianPackage, unpackedEnvironment } from './debian-packages.mjs';
import { runGo } from './go-program.mjs';
import { peerFolder } from './peer-folder.mjs';
import { installPythonPeer } from './python-peer.mjs';

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
      runBuild(venvPython, [join(copy, 'generate.py'), protosOf(root)], copy),
    );
    return [venvPython, join(folder, 'harness.py')];
  },

  async go(root, name) {
    const folder = await buildOnce(root, name, 'go', async (copy) => {
      await runGo(root, ['run', './internal/generate', protosOf(root), 'generated'], { cwd: copy });
      await runGo(root, ['build', '-o', 'build/runtime', '.'], { cwd: copy });
    });
    return [join(folder, 'build', 'runtime'), 'harness'];
  },

  async java(root, name) {
    await requireMaven();
    const folder = await buildOnce(root, name, 'java', (copy) => runMaven(copy, [`-Dprotos=${protosOf(root)}`]));
    return javaCommand(folder, 'example.Harness');
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
      await runBuild('cmake', ['-S', '.', '-B', 'build', ...flags], copy, env);
      await runBuild('cmake', ['--build', 'build', '--parallel', '2'], copy, env);
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
      await runBuild(bin(generator), args, copy);
      await runBuild(bin('tsc'), [], copy);
    });
    return ['env', `DEEPHEALTH_PROTOS=${protosOf(root)}`, process.execPath, join(folder, 'build', 'harness.js')];
  },
};

/** Builds a copy of the template unless one of the very same files and contract was built; gives its folder. */
function buildOnce(root, name, language, build) {
  const places = {
    source: templateFolder(root, language),
    folder: join(peerFolder(root, name), 'template'),
    dependsOn: [protosOf(root)],
  };
  return builtCopy(places, build);
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
