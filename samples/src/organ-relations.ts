// Names regions by where they lie. From a few labelled examples the spatial relations that hold in all of them are
// kept; they become constraints; the names that meet them best are given to unlabelled regions, and the constraints
// are the explanation. After Pierrard, Poli and Hudelot, Explainable Multiple Organ Annotation with Few Data (2019).
//
//   node samples/dist/organ-relations.js                     the sample volumes, as hippocampus-volume segments them
//   node samples/dist/organ-relations.js A.nii.gz B.nii.gz …  label files: the first --examples teach, the rest are named
import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { contractGrid, type FuzzyMask, labelMask, type MaskGrid, patientGrid } from '@deephealth/adapter-expressif';
import { createJsonLog, startRuntimeServer } from '@deephealth/runtime';
import { createRuntimeClient, DeepHealthError, flipConvention, readInputFile, readNifti } from '@deephealth/sdk';
import { annotateRegions, type Constraint, learnRelations, type Scene } from './annotate-regions.js';

const samples = fileURLToPath(new URL('..', import.meta.url));
const LABELS = ['anterior', 'posterior'];

const { values: options, positionals: files } = parseArgs({
  options: { examples: { type: 'string' }, json: { type: 'boolean', default: false } },
  allowPositionals: true,
});
const say = (text: string) => process.stdout.write(`${text}\n`);

function toScene(name: string, grid: MaskGrid, labels: ArrayLike<number>): Scene {
  return { name, regions: LABELS.map((_, label) => labelMask(grid, labels, label + 1)) };
}

async function fromFile(path: string): Promise<Scene> {
  const { header, voxels, affine } = await readNifti(await readFile(path), { maxVoxels: 64e6 });
  return toScene(basename(path), patientGrid([...header.size].reverse(), flipConvention(affine)), voxels);
}

async function fromModel(names: readonly string[]): Promise<Scene[]> {
  const server = await startRuntimeServer({ models: [join(samples, 'models')], port: 0, log: createJsonLog('warn') });
  const client = createRuntimeClient({ address: server.address });
  try {
    await server.verified;
    await client.connect();
    const [modelName, modelVersion] = ['hippocampus-volume', '1.0.0'];
    const model = await client.getModel(modelName, modelVersion);
    const scenes: Scene[] = [];
    for (const name of names) {
      const inputs = await readInputFile(join(samples, 'inputs', 'whole', `${name}.nii.gz`), model);
      const { findings } = await client.predict({ modelName, modelVersion, requestId: name, inputs });
      const mask = findings[0]?.mask;
      if (!mask?.labels || !mask.grid) throw new DeepHealthError('DH_RESPONSE_INVALID', 'The model answered no mask.');
      scenes.push(toScene(name, contractGrid(mask.grid), mask.labels.data));
    }
    return scenes;
  } finally {
    client.close();
    await server.stop();
  }
}

/** Hides the names of the regions, has them given anew, and looks which are right. */
function examine({ name, regions }: Scene, constraints: readonly Constraint[]) {
  // In the order of their size, as a segmentation without labels may give them.
  const size = ({ degrees }: FuzzyMask) => Array.from(degrees).reduce((sum, degree) => sum + degree, 0);
  const truth = regions.map((region, label) => ({ region, label })).sort((a, b) => size(a.region) - size(b.region));
  const annotation = annotateRegions({ name, regions: truth.map(({ region }) => region) }, constraints);
  const names = annotation.regions.map((region, label) => ({ region: region + 1, label: LABELS[label] }));
  const right = annotation.regions.filter((region, label) => truth[region]?.label === label).length;
  return { name, ...annotation, names, right: annotation.isDecided ? right : 0 };
}

const scenes =
  files.length > 0
    ? await Promise.all(files.map(fromFile))
    : await fromModel(['hippocampus-left', 'hippocampus-right']);
const count = Number(options.examples ?? (files.length > 0 ? 2 : 1));
if (!(Number.isInteger(count) && count > 0 && count < scenes.length)) {
  throw new RangeError(`--examples must leave something to name: 1 to ${scenes.length - 1}`);
}
const constraints = learnRelations(scenes.slice(0, count), LABELS.length);
const examined = scenes.slice(count).map((scene) => examine(scene, constraints));
const total = {
  volumes: examined.length,
  regions: examined.length * LABELS.length,
  right: examined.reduce((sum, { right }) => sum + right, 0),
  undecided: examined.filter(({ isDecided }) => !isDecided).length,
};

if (options.json) say(JSON.stringify({ constraints, examined, total }));
else {
  say(`In ${count === 1 ? 'the example' : `all ${count} examples`}:`);
  for (const { object, side, reference, lowest } of constraints) {
    say(`  the ${LABELS[object]} part is ${side} of the ${LABELS[reference]} part: ${lowest.toFixed(2)} or more`);
  }
  for (const { name, isDecided, names, because, degree, next } of examined) {
    const given = names.map(({ region, label }) => `region ${region} is ${label}`).join(', ');
    say(`${name}: ${isDecided ? given : 'undecided'} (${degree.toFixed(2)}; otherwise ${next.toFixed(2)})`);
    for (const one of because) {
      say(`  region ${one.object + 1} is ${one.side} of region ${one.reference + 1}: ${one.degree.toFixed(2)}`);
    }
  }
  const { right, regions, undecided, volumes } = total;
  say(`Right: ${right} of ${regions} regions; ${undecided} of ${volumes} volumes undecided. By chance: half.`);
}
