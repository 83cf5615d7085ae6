import type { runtimeV1 } from '@deephealth/proto';
import type { MapProvenance, SlideMap } from '../map/slide-map.js';
import type { TilePlan } from '../plan/tile-plan.js';
import { VERSION } from '../version.js';
import type { DecidedRun } from './decide-run.js';
import type { MapFile } from './map-file.js';
import type { PredictSlideOptions } from './predict-slide.js';
import type { RunProgress } from './run-state.js';
import type { TileReader } from './tile-values.js';
import { unreadRectangles, warningTexts } from './what-was-found.js';

export interface FinishedRun extends Pick<PredictSlideOptions, 'slide' | 'model' | 'analysis'> {
  readonly decided: DecidedRun;
  readonly reader: TileReader;
  readonly map: MapFile;
  readonly progress: RunProgress;
  readonly info: runtimeV1.GetServerInfoResponse__Output;
}

/** A finished run as a map, with all that made it. */
export function describeMap(run: FinishedRun): SlideMap {
  const { slide, analysis, decided, reader, map, progress } = run;
  const { plan } = decided;
  return {
    label: analysis.label,
    kind: reader.kind,
    grid: plan.grid,
    channels: reader.channels,
    extraction: { level: plan.level, ...wholeCell(plan, reader.kind) },
    readRows: (first, count) => map.readRows(first, count),
    unread: unreadRectangles(progress, plan, slide.geometry),
    warnings: warningTexts(progress),
    provenance: provenanceOf(run),
  };
}

/** Of a run without a single tile, what the server says of itself stands for what its answers would. */
function provenanceOf({ slide, model, decided, progress, info }: FinishedRun): MapProvenance {
  const { name, version, title, license } = model.manifest;
  const { ranOn } = progress;
  return {
    slide: { name: slide.name, sha256: slide.sha256, format: slide.format },
    model: { name, version, packageSha256: model.packageSha256, onnxSha256: ranOn?.onnxSha256 ?? '', title, license },
    runtime: {
      server: ranOn?.server ?? `${info.name}/${info.version}`,
      engine: ranOn?.engine ?? info.engine,
      executionProvider: ranOn?.executionProvider ?? '',
    },
    planSha256: decided.planSha256,
    parameters: decided.parameters,
    startedAt: new Date(progress.startedAt),
    completedAt: new Date(progress.completedAt ?? progress.startedAt),
    software: `deephealth-digital-pathology/${VERSION}`,
  };
}

/** Side of a cell in pixels of the level that was read, where it is a whole number. */
function wholeCell(plan: TilePlan, kind: 'tiles' | 'pixels'): { cell?: number } {
  const cell = kind === 'tiles' ? plan.readStride : plan.readStride / plan.stride;
  return Number.isInteger(cell) ? { cell } : {};
}
