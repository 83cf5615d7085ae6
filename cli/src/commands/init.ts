import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import {
  DeepHealthError,
  diagnoseGraph,
  draftManifest,
  isPackagePath,
  type OnnxGraph,
  readOnnxGraph,
  sha256,
  walkConstants,
  writeChecksums,
} from '@deephealth/sdk';
import { Command } from 'commander';
import { EXIT } from '../exit-codes.js';
import { formatTable, printJson } from '../output/print.js';

interface InitOptions {
  from: string;
  name?: string;
  modelVersion: string;
  json?: boolean;
}

const HELP = `
Writes <dir>/<name>/<version>/ with model.json, model.onnx, MODEL_CARD.md and SHA256SUMS. Every guess
is listed under "draft" in model.json; the package is served only when each was checked and "draft"
is gone, and when golden/ holds at least one real case.

Example:
  $ deephealth init my-models --from resnet.onnx --name chest-xray --model-version 1.0.0`;

export function createInitCommand(setExitCode: (code: number) => void): Command {
  return new Command('init')
    .description('Draft a package from a trained ONNX model, with every guess marked.')
    .argument('<dir>', 'model store to write into')
    .requiredOption('--from <model.onnx>', 'the trained model')
    .option('--name <name>', 'model name; default: from the file name')
    .option('--model-version <version>', 'version of the package', '1.0.0')
    .option('--json', 'print JSON')
    .addHelpText('after', HELP)
    .action(async (store: string, options: InitOptions) => {
      const name = options.name ?? modelNameFrom(options.from);
      assertPackageName(name, options.modelVersion);
      const onnx = await readModelFile(options.from);
      const graph = readOnnxGraph(onnx);
      const folder = join(store, name, options.modelVersion);
      if (existsSync(join(folder, 'model.json'))) {
        throw new DeepHealthError(
          'DH_CONFIG_INVALID',
          `The folder already holds a package (${name}/${options.modelVersion}). Choose another --name or --model-version.`,
        );
      }
      const external = await readExternalFiles(graph, dirname(options.from));
      const findings = diagnoseGraph(graph, {
        externalFiles: {
          sizes: new Map(external.map((e) => [e.file, e.data.byteLength])),
          listed: new Set(external.map((e) => e.file)),
        },
      });
      const errors = findings.filter((finding) => finding.severity === 'error');
      if (errors.length === 0) await writePackage(folder, name, options.modelVersion, onnx, graph, external);
      else setExitCode(EXIT.refused);
      const draft =
        errors.length === 0
          ? (draftManifest(graph, draftOptions(name, options.modelVersion, onnx, external)).draft ?? [])
          : [];
      if (options.json)
        return printJson({ package: errors.length === 0 ? `${name}/${options.modelVersion}` : null, findings, draft });
      for (const f of findings) process.stdout.write(`${f.severity}: ${f.code}: ${f.message} ${f.fix}\n`);
      if (errors.length > 0) {
        process.stdout.write('\nNothing was written. Mend the model as said above, then run init again.\n');
        return;
      }
      process.stdout.write(
        `\nWrote ${name}/${options.modelVersion}. Guesses to check in model.json, each listed under "draft":\n\n`,
      );
      process.stdout.write(
        `${formatTable(
          ['FIELD', 'GUESS'],
          draft.map((note) => [note.field, note.guess]),
        )}\n`,
      );
      process.stdout.write(
        `\nNext: correct the fields, delete "draft", write MODEL_CARD.md, add golden/*.json from the framework\nthat trained the model (docs/package-format.md), then: deephealth validate --write-sums <package>\n`,
      );
    });
}

// Those of sdk/schemas/model.schema.json. They also keep the package inside the store.
const MODEL_NAME = /^[a-z0-9]([a-z0-9_-]{0,62}[a-z0-9])?$/;
const VERSION = /^[0-9]{1,9}(\.[0-9]{1,9}){0,2}(-[0-9A-Za-z][0-9A-Za-z.-]{0,31})?$/;

function assertPackageName(name: string, version: string): void {
  if (!MODEL_NAME.test(name)) {
    throw new DeepHealthError(
      'DH_CONFIG_INVALID',
      `The name ${JSON.stringify(name)} cannot be that of a model. Use up to 64 lower-case letters, digits, "-" and "_", a letter or digit first and last.`,
    );
  }
  if (!VERSION.test(version)) {
    throw new DeepHealthError(
      'DH_CONFIG_INVALID',
      `The version ${JSON.stringify(version)} cannot be that of a package. Use 1 to 3 numbers: 1.0.0, or 1.0.0-rc1.`,
    );
  }
}

interface ExternalFile {
  readonly file: string;
  readonly data: Uint8Array;
}

async function readModelFile(path: string): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (cause) {
    throw new DeepHealthError(
      'DH_PACKAGE_FILE_MISSING',
      `The model file "${basename(path)}" cannot be read. Check the path.`,
      { cause },
    );
  }
}

/** External data files beside the model; ones that are missing are left to the diagnosis. */
async function readExternalFiles(graph: OnnxGraph, folder: string): Promise<ExternalFile[]> {
  const locations = new Set(
    [...walkConstants(graph)].flatMap((i) => (i.external === undefined ? [] : [i.external.location])),
  );
  const files: ExternalFile[] = [];
  for (const file of locations) {
    // A location that leaves the folder is the diagnosis' to refuse, not ours to read.
    if (isPackagePath(file) && existsSync(join(folder, file)))
      files.push({ file, data: await readFile(join(folder, file)) });
  }
  return files;
}

function draftOptions(name: string, version: string, onnx: Uint8Array, external: readonly ExternalFile[]) {
  return {
    name,
    version,
    onnxFile: 'model.onnx',
    onnxSha256: sha256(onnx),
    externalData: external.map(({ file, data }) => ({ file, sizeBytes: data.byteLength, sha256: sha256(data) })),
  };
}

async function writePackage(
  folder: string,
  name: string,
  version: string,
  onnx: Uint8Array,
  graph: OnnxGraph,
  external: readonly ExternalFile[],
): Promise<void> {
  const manifest = draftManifest(graph, draftOptions(name, version, onnx, external));
  await mkdir(join(folder, 'golden'), { recursive: true });
  await writeFile(join(folder, 'model.onnx'), onnx);
  for (const { file, data } of external) {
    await mkdir(dirname(join(folder, file)), { recursive: true });
    await writeFile(join(folder, file), data);
  }
  await writeFile(join(folder, 'model.json'), `${JSON.stringify(manifest, null, 2)}\n`);
  await writeFile(join(folder, 'MODEL_CARD.md'), MODEL_CARD.replaceAll('NAME', name));
  await writeChecksums(folder);
}

const MODEL_CARD = `# NAME

Draft. Replace each line.

- **Intended use**: for whom, for which decision, and for which not.
- **Population and data**: who, where, when, how many; licence.
- **Split**: how training and test were kept apart (by patient?).
- **Results**: each metric with its confidence interval.
- **Limits**: where it is known to fail.
`;

/** "My Model.onnx" to "my-model". */
function modelNameFrom(path: string): string {
  const name = basename(path)
    .replace(/\.onnx$/i, '')
    .toLowerCase()
    .replace(/[^a-z0-9_-]+/g, '-')
    .replace(/^[-_]+/, '')
    .slice(0, 64)
    .replace(/[-_]+$/, '');
  return name === '' ? 'model' : name;
}
