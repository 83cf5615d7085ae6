// Builds the clients of samples/clients/, each as docs/guides/clients.md says, in a copy below .build/. Each builder
// gives { predict, infer }: the words of a command, before its address and its file.
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { javaCommand, requireMaven, runBuild, runMaven } from './build-tools.mjs';
import { builtCopy } from './built-copy.mjs';
import { unpackDebianPackage, unpackedEnvironment } from './debian-packages.mjs';
import { runGo } from './go-program.mjs';
import { peerFolder } from './peer-folder.mjs';
import { installPythonPeer } from './python-peer.mjs';
import { runProcess } from './run-process.mjs';
import { Skipped } from './skipped.mjs';

const ASK_LIMIT_MS = 120_000;
const MONO_PACKAGES = ['mono-mcs', 'libmono-system-net-http4.0-cil', 'protobuf-compiler', 'libprotobuf-dev'];

const sourceOf = (root, language) => join(root, 'samples', 'clients', language);
const contractOf = (root) => join(root, 'proto', 'proto');
const templateOf = (root, language) => join(root, 'conformance', 'templates', language);

function copyOf(root, name, language, dependsOn, build) {
  const places = {
    source: sourceOf(root, language),
    folder: join(peerFolder(root, name), 'client'),
    dependsOn: [contractOf(root), ...dependsOn],
  };
  return builtCopy(places, build);
}

export const CLIENTS = {
  async python(root, name) {
    const venvPython = await installPythonPeer(root, name, { folderOf: sourceOf(root, 'python') });
    const generator = join(templateOf(root, 'python'), 'generate.py');
    const folder = await copyOf(root, name, 'python', [], (copy) =>
      runBuild(venvPython, [generator, contractOf(root), join(copy, 'generated')], copy),
    );
    const command = (program) => ['env', `PYTHONPATH=${join(folder, 'generated')}`, venvPython, join(folder, program)];
    return { predict: command('predict.py'), infer: command('infer.py') };
  },

  async java(root, name) {
    await requireMaven();
    const folder = await copyOf(root, name, 'java', [], (copy) => runMaven(copy, [`-Dprotos=${contractOf(root)}`]));
    return { predict: javaCommand(folder, 'example.Predict'), infer: javaCommand(folder, 'example.Infer') };
  },

  async go(root, name) {
    const template = templateOf(root, 'go');
    const folder = await copyOf(root, name, 'go', [join(template, 'internal')], async (copy) => {
      const asked = ['run', './internal/generate', contractOf(root), join(copy, 'generated')];
      await runGo(root, [...asked, 'deephealth.example/client'], { cwd: template });
      mkdirSync(join(copy, 'build'));
      await runGo(root, ['build', '-o', 'build/', './predict', './infer'], { cwd: copy });
    });
    return { predict: [join(folder, 'build', 'predict')], infer: [join(folder, 'build', 'infer')] };
  },

  async javascript(root) {
    const command = (program) => [process.execPath, join(sourceOf(root, 'javascript'), program)];
    return { predict: command('predict.mjs'), infer: command('infer.mjs'), predictMore: [contractOf(root)] };
  },

  /** Infer.cs is run by Mono. Predict.cs needs packages of NuGet: it is parsed, and its names held against protoc's. */
  async csharp(root, name) {
    if (process.platform !== 'linux') throw new Skipped('Mono comes as a package of Debian.');
    const unpacked = join(peerFolder(root, name), 'debian');
    if (!existsSync(join(unpacked, 'root', 'usr', 'bin', 'mono-sgen'))) {
      rmSync(unpacked, { recursive: true, force: true });
      await unpackDebianPackage(unpacked, ...MONO_PACKAGES);
    }
    const mono = monoCommand(unpacked);
    const [program, ...compiler] = [...mono, join(unpacked, 'root', 'usr', 'lib', 'mono', '4.5', 'mcs.exe')];
    const folder = await copyOf(root, name, 'csharp', [], async (copy) => {
      mkdirSync(join(copy, 'build'));
      const main = 'public static class Alone { public static int Main(string[] a) { return Infer.Run(a[0], a[1]); } }';
      writeFileSync(join(copy, 'build', 'Alone.cs'), main);
      await runBuild(
        program,
        [...compiler, '-r:System.Net.Http', '-out:build/infer.exe', 'Infer.cs', 'build/Alone.cs'],
        copy,
      );
      await runBuild(program, [...compiler, '--parse', 'Program.cs', 'Predict.cs', 'Infer.cs'], copy);
      mkdirSync(join(copy, 'generated'));
      await generateCsharp(root, unpacked, join(copy, 'generated'));
    });
    return { infer: [...mono, join(folder, 'build', 'infer.exe')], generated: join(folder, 'generated') };
  },
};

function monoCommand(unpacked) {
  const usr = join(unpacked, 'root', 'usr');
  const { LD_LIBRARY_PATH } = unpackedEnvironment(unpacked).env;
  const settings = {
    LD_LIBRARY_PATH,
    MONO_PATH: join(usr, 'lib', 'mono', '4.5'),
    MONO_GAC_PREFIX: usr,
    MONO_CFG_DIR: join(unpacked, 'root', 'etc'),
  };
  const words = Object.entries(settings).map(([key, value]) => `${key}=${value}`);
  return ['env', ...words, join(usr, 'bin', 'mono-sgen')];
}

async function generateCsharp(root, unpacked, output) {
  const usr = join(unpacked, 'root', 'usr');
  const contract = contractOf(root);
  const files = ['finding', 'input', 'model_runtime', 'provenance'].map(
    (file) => `deephealth/runtime/v1/${file}.proto`,
  );
  const args = [`-I${contract}`, `-I${join(usr, 'include')}`, `--csharp_out=${output}`, ...files];
  const options = { limitMs: ASK_LIMIT_MS, env: unpackedEnvironment(unpacked).env };
  const { code, stderr } = await runProcess(join(usr, 'bin', 'protoc'), args, options);
  if (code !== 0) throw new Error(`protoc refused the contract for C#: ${stderr}`);
}
