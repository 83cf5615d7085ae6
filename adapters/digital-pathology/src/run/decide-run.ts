import type { TileBlending } from '../bindings/digital-pathology-binding.js';
import { plainDigest } from '../plan/plan-digest.js';
import { planTiles, type TilePlan } from '../plan/tile-plan.js';
import type { PredictSlideOptions } from './predict-slide.js';

/** All that determines a map, before anything is read. */
export interface DecidedRun {
  readonly plan: TilePlan;
  /** `filter`: the caller says where the model is asked. */
  readonly tissue: 'none' | 'otsu' | 'filter';
  readonly minShare: number;
  readonly blending: TileBlending;
  /** For people, and for a repetition. */
  readonly parameters: Readonly<Record<string, string | number>>;
  /** Equal for two runs if and only if their maps are. */
  readonly planSha256: string;
}

/** Changed when the same settings lead to other numbers than before. */
const METHOD = 1;
const DEFAULT_MIN_SHARE = 0.05;
const DEFAULT_TOLERANCE = 0.1;

/**
 * @param kind what the model gives for a tile
 * @param engine of the runtime: another one may round otherwise
 * @throws what planTiles throws
 */
export function decideRun(options: PredictSlideOptions, kind: 'tiles' | 'pixels', engine: string): DecidedRun {
  const { slide, model, analysis, filter, level, remainder = 'cover' } = options;
  const { size, stride = size, micronsPerPixel, tolerance = DEFAULT_TOLERANCE, blending = 'crop' } = analysis.tile;
  const plan = planTiles(slide.geometry, {
    ...{ tileSize: size, stride, kind, remainder },
    scale: level === undefined ? { micronsPerPixel, tolerance } : { level },
  });
  const tissue = filter === undefined ? (analysis.tissue?.method ?? 'otsu') : 'filter';
  const minShare = filter?.minShare ?? analysis.tissue?.minShare ?? DEFAULT_MIN_SHARE;
  const own = slide.geometry.micronsPerPixel;
  const parameters = {
    analysis: analysis.label,
    ...{ level: plan.level, tileSize: plan.tileSize, stride: plan.stride, readSize: plan.readSize },
    ...{ micronsPerPixelX: plan.micronsPerPixel.x, micronsPerPixelY: plan.micronsPerPixel.y },
    ...{ slideMicronsPerPixelX: own.x, slideMicronsPerPixelY: own.y, micronsPerPixelSource: own.source },
    ...{ remainder, blending, tissue, minTissueShare: minShare, stain: analysis.stain?.method ?? 'none' },
    unreadable: options.unreadable ?? 'fail',
  };
  const planSha256 = plainDigest({
    ...{ method: METHOD, slide: slide.sha256, package: model.packageSha256, engine },
    binding: JSON.parse(JSON.stringify(analysis)),
    filter: filter?.sha256,
    ...parameters,
  });
  return { plan, tissue, minShare, blending, parameters, planSha256 };
}
