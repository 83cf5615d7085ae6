import { DeepHealthError } from '@deephealth/sdk';
import type { DicomSlideSource, SlideGeometry, SlideLevel } from '../slide.js';
import { unreadable } from '../slide-errors.js';
import { chooseScale, type GivenMicronsPerPixel } from '../slide-scale.js';
import type { TiledLevel } from '../tiles/tiled-level.js';
import { WSI_SOP_CLASS, type WsiInstance } from './wsi-instance.js';
import { joinLevels, type WsiLevel } from './wsi-level.js';

export interface DicomPyramid<T extends WsiInstance> {
  readonly geometry: SlideGeometry;
  readonly dicom: DicomSlideSource;
  /** Finest first. */
  readonly levels: readonly WsiLevel<T>[];
}

/**
 * The instances of a slide as its levels.
 *
 * @throws DH_SLIDE_UNREADABLE, DH_SLIDE_UNSUITABLE, DH_SLIDE_SCALE_MISSING, DH_SLIDE_GEOMETRY_CONFLICT
 */
export function buildPyramid<T extends WsiInstance>(
  found: readonly T[],
  given: GivenMicronsPerPixel | undefined,
): DicomPyramid<T> {
  // The same instance twice is one.
  const instances = [...new Map(found.map((instance) => [instance.sopInstanceUid, instance])).values()];
  checkOneSlide(instances);
  const levels = joinLevels(instances).sort((a, b) => b.level.width - a.level.width || b.level.height - a.level.height);
  const [finest] = levels;
  const [first] = finest?.parts ?? [];
  if (finest === undefined || first === undefined) {
    throw unreadable('holds no whole slide microscopy image of Image Type VOLUME');
  }
  checkExtents(levels.map(({ level }) => level));
  const { width, height } = finest.level;
  return {
    geometry: {
      levels: levels.map(({ level }) => toLevel(level, finest.level)),
      micronsPerPixel: chooseScale(given, first.scales),
      bounds: { x: 0, y: 0, width, height },
    },
    dicom: {
      studyInstanceUid: first.studyInstanceUid,
      seriesInstanceUid: first.seriesInstanceUid,
      frameOfReferenceUid: first.frameOfReferenceUid,
      instances: levels.map(({ parts, level }) => ({
        sopInstanceUid: (parts[0] as WsiInstance).sopInstanceUid,
        sopClassUid: WSI_SOP_CLASS,
        tile: level.tile,
      })),
      metadata: first.dataset,
    },
    levels,
  };
}

function checkOneSlide(instances: readonly WsiInstance[]): void {
  const count = (of: (instance: WsiInstance) => string) => new Set(instances.map(of)).size;
  const series = count(({ seriesInstanceUid }) => seriesInstanceUid);
  if (series > 1) throw unreadable(`holds ${series} series; keep the instances of one`);
  if (count(({ frameOfReferenceUid }) => frameOfReferenceUid) > 1) {
    throw unreadable('holds instances of several frames of reference (0020,0052), which are no levels of one picture');
  }
}

function checkExtents(levels: readonly TiledLevel[]): void {
  if (new Set(levels.map(({ width, height }) => `${width} ${height}`)).size === levels.length) return;
  throw new DeepHealthError(
    'DH_SLIDE_UNSUITABLE',
    'The slide has several instances of the same extents, such as planes of focus; keep the one that is meant.',
  );
}

function toLevel({ width, height, tile }: TiledLevel, finest: TiledLevel): SlideLevel {
  const [across, down] = [finest.width / width, finest.height / height];
  const downsample = (across + down) / 2;
  // Extents are rounded to whole pixels, by up to one of the level.
  const rounding = downsample * (1 / width + 1 / height);
  if (Math.abs(across - down) > Math.max(0.01 * downsample, rounding)) {
    throw new DeepHealthError(
      'DH_SLIDE_GEOMETRY_CONFLICT',
      `The slide contradicts itself: its level of ${width} x ${height} pixels has other proportions than that of ${finest.width} x ${finest.height}, by TotalPixelMatrixColumns and TotalPixelMatrixRows.`,
    );
  }
  return { width, height, downsample, storedTile: tile };
}
