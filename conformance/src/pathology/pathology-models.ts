import type { SuiteGraph } from '../oracle/suite-graph.js';
import type { PathologyAnalysis, PathologyBinding } from './pathology-binding.js';
import type { BundleForm } from './slide-bundle.js';

/** Name of the model that gives one value for a tile: the mean of red. */
export const TILE_MODEL = 'conformance-slide-tiles';
/** Name of the model that gives one for each pixel: a weighted mean of red of it and three of its neighbours. */
export const PIXEL_MODEL = 'conformance-slide-pixels';
/** Class that maps of the tile model show. */
export const SLIDE_CLASS = 'malignant';
export const SLIDE_INPUT = 'tile';
export const TILE_OUTPUT = 'diagnosis';
export const PIXEL_OUTPUT = 'probability';

/**
 * Weights of a pixel and of its left, right and upper neighbour, exact in binary. Beyond the edge of a tile the
 * model sees 0, so that a tile's outermost pixels are wrong unless they lie in the margin.
 */
export const NEIGHBOURS = [
  { dx: 0, dy: 0, weight: 0.5 },
  { dx: -1, dy: 0, weight: 0.125 },
  { dx: 1, dy: 0, weight: 0.25 },
  { dx: 0, dy: -1, weight: 0.125 },
] as const;

const image = { name: 'x', dataType: 'FP32' as const, shape: [1, 3, -1, -1] };
const none = { dataType: 'FP32' as const, shape: [0], data: new Uint8Array() };

/** What the files of the packages hold. The suite computes the answers itself, from the pixels that it gets. */
export const TILE_GRAPH: SuiteGraph = {
  inputs: [image],
  outputs: [{ name: 'score', dataType: 'FP32', shape: [1, 1] }],
  constants: { red: none },
  nodes: [
    { op: 'GlobalAveragePool', inputs: ['x'], output: 'means' },
    { op: 'Conv', inputs: ['means', 'red'], output: 'mean' },
    { op: 'Flatten', inputs: ['mean'], output: 'score' },
  ],
};
export const PIXEL_GRAPH: SuiteGraph = {
  inputs: [image],
  outputs: [{ name: 'heat', dataType: 'FP32', shape: [1, 1, -1, -1] }],
  constants: { kernel: none },
  nodes: [{ op: 'Conv', inputs: ['x', 'kernel'], output: 'heat', attributes: { pads: [1, 1, 1, 1] } }],
};

/** Another one than the class has in the manifest: the binding's counts. */
const common = { input: SLIDE_INPUT, tissue: { method: 'none' }, regions: { threshold: 0.46 } } as const;

/** What cases call an analysis by; it is the label of the map, too. */
export const ANALYSES = {
  /** A tile at the scale of the slides. */
  score: {
    ...common,
    label: 'score',
    title: 'Mean of red, tile by tile',
    outputs: [TILE_OUTPUT],
    classes: [SLIDE_CLASS],
    tile: { size: 64, stride: 64, micronsPerPixel: 0.5 },
  },
  /** At half of their scale. */
  coarse: {
    ...common,
    label: 'coarse',
    title: 'Mean of red at twice the size of a pixel',
    outputs: [TILE_OUTPUT],
    classes: [SLIDE_CLASS],
    tile: { size: 32, stride: 32, micronsPerPixel: 1, tolerance: 0.05 },
  },
  /** Only where there is tissue. */
  tissue: {
    ...common,
    label: 'on_tissue',
    title: 'Mean of red where there is tissue',
    outputs: [TILE_OUTPUT],
    classes: [SLIDE_CLASS],
    tile: { size: 64, stride: 64, micronsPerPixel: 0.5 },
    tissue: { method: 'otsu', minShare: 0.5 },
  },
  /** One value for each pixel, of tiles that overlap by a margin of one. */
  pixels: {
    ...common,
    label: 'stain',
    title: 'Weighted mean of red, pixel by pixel',
    outputs: [PIXEL_OUTPUT],
    tile: { size: 34, stride: 32, micronsPerPixel: 0.5, blending: 'crop' },
  },
} as const satisfies Record<string, PathologyAnalysis>;
export type AnalysisName = keyof typeof ANALYSES;

/** Id of the binding of an analysis. */
export function bindingIdOf(name: AnalysisName): string {
  return `${modelOf(name)}/1/${ANALYSES[name].label}`;
}

export function modelOf(name: AnalysisName): string {
  return name === 'pixels' ? PIXEL_MODEL : TILE_MODEL;
}

/** Name of the column of the table, and of the class in the report: a lone map is called after its analysis. */
export function channelOf(name: AnalysisName): string {
  return name === 'pixels' ? ANALYSES.pixels.label : SLIDE_CLASS;
}

/** What the results of an analysis are read by. */
export function formOf(name: AnalysisName): BundleForm {
  return { label: ANALYSES[name].label, channel: channelOf(name), isOfPixels: name === 'pixels' };
}

export function bindingOf(model: string): PathologyBinding {
  const names = Object.keys(ANALYSES) as AnalysisName[];
  return { schemaVersion: 1, analyses: names.filter((name) => modelOf(name) === model).map((name) => ANALYSES[name]) };
}
