import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Manifest, OutputSpec } from '@deephealth/sdk';
import { buildOnnxModel, buildTestPackage, pngFile, type TestGoldenCase } from '@deephealth/sdk/testing';
import type { SuiteModel } from '../models/suite-model.js';
import type { WrittenModel } from '../models/write-models.js';
import type { SuiteGraph, SuiteTensor } from '../oracle/suite-graph.js';
import {
  bindingOf,
  NEIGHBOURS,
  PIXEL_GRAPH,
  PIXEL_MODEL,
  PIXEL_OUTPUT,
  SLIDE_CLASS,
  SLIDE_INPUT,
  TILE_GRAPH,
  TILE_MODEL,
  TILE_OUTPUT,
} from './pathology-models.js';
import { meanOfRed, weightedRed } from './slide-oracle.js';

/** What an adapter for digital pathology is told, as a JSON file. */
export interface PathologySettings {
  /** "host:port"; absent before the suite has started it. */
  readonly runtime?: string;
  /** Folders of the packages. */
  readonly packages: readonly string[];
  /** Slides that it takes at a time; what comes beyond is refused. */
  readonly maxInFlight: number;
}

export const SLIDES_IN_FLIGHT = 2;
const SIDE = 4;

/** Writes the suite's packages with their bindings, and beside them the settings. The same bytes each time. */
export function writePathologyFolder(
  folder: string,
  { runtime }: { readonly runtime?: string } = {},
): { readonly models: readonly WrittenModel[]; readonly settings: string } {
  const packages = join(resolve(folder), 'packages');
  mkdirSync(packages, { recursive: true });
  const models = [
    writeModel(packages, TILE_MODEL, TILE_GRAPH, tileOutput),
    writeModel(packages, PIXEL_MODEL, PIXEL_GRAPH, pixelOutput),
  ];
  const settings: PathologySettings = {
    ...(runtime !== undefined && { runtime }),
    packages: models.map((one) => one.folder),
    maxInFlight: SLIDES_IN_FLIGHT,
  };
  const path = join(resolve(folder), 'settings.json');
  writeFileSync(path, `${JSON.stringify(settings, null, 2)}\n`);
  return { models, settings: path };
}

const tileOutput: OutputSpec = {
  name: TILE_OUTPUT,
  kind: 'classification',
  from: 'score',
  mode: 'binary',
  classes: [{ label: 'benign' }, { label: SLIDE_CLASS, threshold: 0.5 }],
};
const pixelOutput: OutputSpec = {
  name: PIXEL_OUTPUT,
  kind: 'map',
  from: 'heat',
  input: SLIDE_INPUT,
  quantity: 'probability',
  unit: '1',
  range: [0, 1],
};

function writeModel(store: string, name: string, graph: SuiteGraph, output: OutputSpec): WrittenModel {
  const title =
    name === TILE_MODEL ? 'The mean of red of a tile of a slide' : 'A weighted mean of red for each pixel of a tile';
  const own: Pick<Manifest, 'inputs' | 'outputs'> = {
    inputs: [
      {
        name: SLIDE_INPUT,
        kind: 'image',
        description: 'A tile of a slide.',
        feeds: 'x',
        mediaTypes: ['image/png', 'image/bmp'],
        maxPixels: 65_536,
        steps: [
          { op: 'decode_image', colour: 'rgb' },
          { op: 'image_to_tensor', layout: 'CHW', scale: 1 / 255, mean: [0, 0, 0], std: [1, 1, 1] },
        ],
      },
    ],
    outputs: [output],
  };
  const withExtents = ({ shape, ...rest }: SuiteTensor) => ({
    ...rest,
    shape,
    ...(shape.includes(-1) && { maxExtent: 256 }),
  });
  const built = buildTestPackage(store, {
    name,
    version: '1',
    model: onnxOf(graph),
    tensors: { inputs: graph.inputs.map(withExtents), outputs: graph.outputs.map(withExtents) },
    golden: [goldenOf(name, graph)],
    files: { 'bindings/digital-pathology.json': `${JSON.stringify(bindingOf(name), null, 2)}\n` },
    manifest: { title, intendedUse: 'Conformance tests of runtimes and adapters.', ...own },
  });
  const model: SuiteModel = { name, version: '1', title, graph, numericClass: 'network', golden: [], manifest: own };
  const { folder, digest, manifest } = built;
  return { model, folder, packageSha256: digest, onnxSha256: manifest.onnx?.sha256 ?? '', manifest };
}

function onnxOf({ inputs, outputs, nodes }: SuiteGraph): Uint8Array {
  const declared = ({ name, dataType, shape }: SuiteTensor) => ({
    ...{ name, dataType },
    shape: shape.map((extent, axis) => (extent < 0 ? `n${axis}` : extent)),
  });
  const kernel = new Array<number>(27).fill(0);
  for (const { dx, dy, weight } of NEIGHBOURS) kernel[(dy + 1) * 3 + dx + 1] = weight;
  return buildOnnxModel({
    producer: { name: 'deephealth-conformance', version: '1' },
    inputs: inputs.map(declared),
    outputs: outputs.map(declared),
    nodes: nodes.map(({ op, inputs: from, output, attributes = {} }) => ({
      ...{ op, inputs: from, outputs: [output], name: `${op.toLowerCase()}_${output}` },
      attributes: Object.fromEntries(
        Object.entries(attributes).map(([key, value]) => [
          key,
          typeof value === 'number' ? { int: value } : { ints: value },
        ]),
      ),
    })),
    initializers: nodes.flatMap(({ inputs: from }) => {
      if (from.includes('red'))
        return [{ name: 'red', dataType: 'FP32' as const, shape: [1, 3, 1, 1], values: [1, 0, 0] }];
      if (from.includes('kernel'))
        return [{ name: 'kernel', dataType: 'FP32' as const, shape: [1, 3, 3, 3], values: kernel }];
      return [];
    }),
  });
}

/** A picture of sixteen pixels, and what comes of it. */
function goldenOf(name: string, { outputs }: SuiteGraph): TestGoldenCase {
  const pixels = Uint8Array.from({ length: SIDE * SIDE * 3 }, (_, index) => (index * 37) % 256);
  const file = pngFile({ width: SIDE, height: SIDE, depth: 8, colour: 'rgb', bytes: [...pixels] });
  const picture = { width: SIDE, height: SIDE, pixels };
  const values = name === TILE_MODEL ? [meanOfRed(picture)] : [...weightedRed(picture)];
  const shape = name === TILE_MODEL ? [1, 1] : [1, 1, SIDE, SIDE];
  const [{ name: output = '' } = {}] = outputs;
  return {
    id: 'case-1',
    profile: 'standard',
    inputs: { [SLIDE_INPUT]: { image: { mediaType: 'image/png', base64: file.toString('base64') } } },
    expected: { [output]: { dataType: 'FP32', shape, values, scale: 1 } },
  };
}
