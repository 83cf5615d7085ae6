import { existsSync } from 'node:fs';
import { join } from 'node:path';
import {
  DeepHealthError,
  draftManifest,
  type GraphFinding,
  type Manifest,
  readOnnxGraph,
  repairModel,
  sha256,
} from '@deephealth/sdk';
import { Command, Option } from 'commander';
import { EXIT } from '../exit-codes.js';
import { diagnoseModel } from '../import/diagnose-model.js';
import { metadataOf } from '../import/image-options.js';
import { checkDrafted, INPUT_FILES, type InputFlags, inputOptions } from '../import/input-options.js';
import { findExternalFiles, readModelFile } from '../import/model-files.js';
import { assertPackageName, modelNameFrom } from '../import/package-name.js';
import { writeDraftPackage } from '../import/write-draft-package.js';
import { plainText } from '../output/plain-text.js';
import { formatTable, printJson } from '../output/print.js';
import { noteStage, StageClock } from '../ttmip/note-stage.js';

interface InitOptions extends InputFlags {
  readonly from: string;
  readonly name?: string;
  readonly modelVersion: string;
  readonly repair?: boolean;
  readonly json?: boolean;
}

const HELP = `
Writes <dir>/<name>/<version>/ with model.json, model.onnx, MODEL_CARD.md and SHA256SUMS. Every guess
is listed under "draft" in model.json; the package is served only when each was checked and "draft"
is gone, and when golden/ holds at least one real case.

--repair rewrites known wrong exports (EDDL's Softmax of images, Linear, Exponential and ArgMax; ZipMap).
Every rewrite is listed in model.json with the digest of the original. --pixel-format and --pixel-range are
written into the metadata of the package's model.onnx and recorded the same way.

--input nifti, dicom-series, edf and wfdb draft a volume or a signal input after an example (--like), a file as the
model was trained on: spacing, unit, channels and rate are taken from it. What no file says is asked for.

Examples:
  $ deephealth init my-models --from resnet.onnx --name chest-xray --model-version 1.0.0
  $ deephealth init my-models --from eddl.onnx --repair --augmentations test.txt --pixel-format Rgb8
  $ deephealth init my-models --from unet.onnx --input nifti --like train/case-7.nii.gz --axes RAS
  $ deephealth init my-models --from ecg.onnx --input wfdb --like train/100.hea --channels MLII --valid-range mV=-10,10`;

export function createInitCommand(setExitCode: (code: number) => void): Command {
  return new Command('init')
    .description('Draft a package from a trained ONNX model, with every guess marked.')
    .argument('<dir>', 'model store to write into')
    .requiredOption('--from <model.onnx>', 'the trained model')
    .option('--name <name>', 'model name; default: from the file name')
    .option('--model-version <version>', 'version of the package', '1.0.0')
    .option('--repair', 'rewrite known wrong exports, and record it')
    .addOption(
      new Option('--input <files>', 'what inputs come as; image is PNG and JPEG (default: image)').choices(INPUT_FILES),
    )
    .option('--like <file>', 'file, or folder of a DICOM series, as the model was trained on')
    .option('--axes <letters>', 'sides that depth, height and width of a volume grow towards: RAS, SPL, ...')
    .option('--channels <names...>', 'channels of a signal in the order of the tensor (default: all of --like)')
    .option('--valid-range <unit=lowest,highest...>', 'plausible values of the channels in a unit: uV=-500,500')
    .option('--augmentations <file>', 'text of the ECVL Augmentation Language, as steps of the image input')
    .addOption(
      new Option('--pixel-format <format>', 'colour order of the image input').choices(['Rgb8', 'Bgr8', 'Gray8']),
    )
    .addOption(
      new Option('--pixel-range <range>', 'values that pixels have in the tensor').choices([
        'Normalized_0_1',
        'Normalized_1_1',
        'NominalRange_0_255',
      ]),
    )
    .option('--json', 'print JSON')
    .addHelpText('after', HELP)
    .action(async (store: string, options: InitOptions) => {
      const clock = new StageClock();
      const name = options.name ?? modelNameFrom(options.from);
      assertPackageName(name, options.modelVersion);
      const reference = `${name}/${options.modelVersion}`;
      const folder = join(store, name, options.modelVersion);
      if (existsSync(join(folder, 'model.json'))) {
        throw new DeepHealthError(
          'DH_CONFIG_INVALID',
          `The folder already holds a package (${reference}). Choose another --name or --model-version.`,
        );
      }
      const { onnx, graph, rewritten } = await loadModel(options);
      const external = await findExternalFiles(graph, options.from);
      const findings = await diagnoseModel(onnx, graph, external);
      const imported = { stage: 'imported', humanSteps: 1, modelSha256: sha256(onnx) } as const;
      const model = { name, version: options.modelVersion };
      if (findings.some(({ severity }) => severity === 'error')) {
        setExitCode(EXIT.refused);
        await noteStage(model, clock.end({ ...imported, code: findings[0]?.code }), { begins: true });
        if (options.json) return printJson({ package: null, findings, rewrites: [], draft: [] });
        printFindings(findings);
        process.stdout.write('\nNothing was written. Mend the model as said above, then run init again.\n');
        return;
      }
      const { drafted, notes } = await inputOptions(options, graph);
      const manifest = draftManifest(graph, {
        name,
        version: options.modelVersion,
        onnxFile: 'model.onnx',
        onnxSha256: sha256(onnx),
        externalData: external.map(({ file, sizeBytes, sha256: digest }) => ({ file, sizeBytes, sha256: digest })),
        rewritten,
        ...drafted,
      });
      checkDrafted(options, manifest.inputs);
      await writeDraftPackage(folder, manifest, onnx, external);
      await noteStage(model, clock.end(imported), { begins: true });
      const { draft = [] } = manifest;
      const { rewrites } = rewritten;
      if (options.json) return printJson({ package: reference, findings, rewrites, augmentationNotes: notes, draft });
      printFindings(findings);
      for (const { line, message } of notes) process.stdout.write(`warning: augmentations, line ${line}: ${message}\n`);
      printDraft(reference, manifest);
    });
}

/** The model, repaired and with the metadata of the flags where that was asked for. */
async function loadModel(options: InitOptions) {
  const given = await readModelFile(options.from);
  const metadata = metadataOf(options);
  const { bytes, original, rewrites } =
    options.repair || Object.keys(metadata).length > 0
      ? repairModel(given, { metadata, repairs: options.repair ?? false })
      : { bytes: given, original: { sha256: sha256(given), sizeBytes: given.length }, rewrites: [] };
  return { onnx: bytes, graph: readOnnxGraph(bytes), rewritten: { original, rewrites } };
}

function printFindings(findings: readonly GraphFinding[]): void {
  for (const f of findings) process.stdout.write(`${f.severity}: ${f.code}: ${f.message} ${f.fix}\n`);
}

function printDraft(reference: string, { draft = [], onnx }: Manifest): void {
  const rewrites = onnx?.rewrites ?? [];
  if (rewrites.length > 0) {
    const rows = rewrites.map(({ kind, subject, description }) => [kind, plainText(subject), description]);
    process.stdout.write(
      `\nmodel.onnx is not the file that you gave: it was rewritten, and model.json says so.\n\n${formatTable(['REWRITE', 'AT', 'WHAT'], rows)}\n`,
    );
  }
  process.stdout.write(`\nWrote ${reference}. Guesses to check in model.json, each listed under "draft":\n\n`);
  const rows = draft.map((note) => [note.field, note.guess]);
  process.stdout.write(`${formatTable(['FIELD', 'GUESS'], rows)}\n`);
  process.stdout.write(
    `\nNext: correct the fields, delete "draft", write MODEL_CARD.md, add golden/*.json from the framework\nthat trained the model (docs/package-format.md), then: deephealth validate --write-sums <package>\n`,
  );
}
