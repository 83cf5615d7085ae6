import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DeepHealthError, parseManifest } from '@deephealth/sdk';
import { Command } from 'commander';
import { EXIT } from '../exit-codes.js';
import { type Inspection, inspectModel } from '../import/inspect-model.js';
import { formatInspection } from '../output/inspection-text.js';
import { printJson } from '../output/print.js';

const HELP = `
Nothing is run: the file is read with the schema of ONNX, its weights are searched for NaN, and the files
beside it are measured. Exit code 1 if something would keep the model from serving.

Examples:
  $ deephealth inspect model.onnx
  $ deephealth inspect model.onnx --weights weights.bin   are these the weights that EDDL saved?
  $ deephealth inspect my-models/chest-xray/1.0.0         the graphs of a package, and what was rewritten`;

export function createInspectCommand(setExitCode: (code: number) => void): Command {
  return new Command('inspect')
    .description('Say what an ONNX file or a package holds, and what would keep it from serving.')
    .argument('<model.onnx|package>', 'ONNX file, or package folder <name>/<version>')
    .option('--weights <weights.bin>', "EDDL's native weights, held bit for bit against the constants of the graph")
    .option('--json', 'print JSON')
    .addHelpText('after', HELP)
    .action(async (path: string, options: { weights?: string; json?: boolean }) => {
      const inspections = await inspectAll(path, options.weights);
      const isSound = inspections.every(
        ({ findings, weights }) =>
          findings.every(({ severity }) => severity !== 'error') && (weights?.isIdentical ?? true),
      );
      if (!isSound) setExitCode(EXIT.refused);
      if (options.json) return printJson(inspections.length === 1 ? inspections[0] : { graphs: inspections });
      process.stdout.write(`${inspections.map(formatInspection).join('\n\n')}\n`);
    });
}

async function inspectAll(path: string, weights: string | undefined): Promise<Inspection[]> {
  const manifestPath = join(path, 'model.json');
  if (!existsSync(manifestPath)) return [await inspectModel(path, weights)];
  const { onnx, pipeline } = parseManifest(await readFile(manifestPath));
  const graphs = onnx === undefined ? (pipeline?.models ?? []).map((model) => model.onnx) : [onnx];
  if (graphs.length === 0) {
    throw new DeepHealthError('DH_PACKAGE_FILE_MISSING', 'Another server runs this model; the package holds no graph.');
  }
  if (weights !== undefined && graphs.length > 1) {
    throw new DeepHealthError(
      'DH_CONFIG_INVALID',
      'The package holds several graphs. Name the .onnx file that --weights belongs to.',
    );
  }
  const inspections: Inspection[] = [];
  for (const graph of graphs) {
    const inspection = await inspectModel(join(path, graph.file), weights);
    // The manifest is what the package answers for; the file's own record is only there to travel with it.
    inspections.push({
      ...inspection,
      ...(graph.original === undefined ? {} : { originalSha256: graph.original.sha256 }),
      rewrites: graph.rewrites ?? inspection.rewrites,
    });
  }
  return inspections;
}
