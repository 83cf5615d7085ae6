import { DeepHealthError } from '@deephealth/sdk';
import type { DicomSlideSource, SlideGeometry, SlideLevel } from '../slide.js';
import { unreadable } from '../slide-errors.js';
import { chooseScale, type GivenMicronsPerPixel } from '../slide-scale.js';
import { WSI_SOP_CLASS, type WsiInstance } from './wsi-instance.js';

export interface DicomPyramid<T extends WsiInstance> {
  readonly geometry: SlideGeometry;
  readonly dicom: DicomSlideSource;
  /** By level, finest first. */
  readonly instances: readonly T[];
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
  const instances = [...new Map(found.map((instance) => [instance.sopInstanceUid, instance])).values()].sort(
    (a, b) => b.level.width - a.level.width || b.level.height - a.level.height,
  );
  const [finest] = instances;
  if (finest === undefined) throw unreadable('holds no whole slide microscopy image of Image Type VOLUME');
  checkOneSlide(instances);
  const levels = instances.map((instance) => toLevel(instance, finest));
  const { width, height } = finest.level;
  return {
    geometry: {
      levels,
      micronsPerPixel: chooseScale(given, finest.scales),
      bounds: { x: 0, y: 0, width, height },
    },
    dicom: {
      studyInstanceUid: finest.studyInstanceUid,
      seriesInstanceUid: finest.seriesInstanceUid,
      frameOfReferenceUid: finest.frameOfReferenceUid,
      instances: instances.map(({ sopInstanceUid, level }) => ({
        ...{ sopInstanceUid, sopClassUid: WSI_SOP_CLASS, tile: level.tile },
      })),
      metadata: finest.dataset,
    },
    instances,
  };
}

function checkOneSlide(instances: readonly WsiInstance[]): void {
  const count = (of: (instance: WsiInstance) => string) => new Set(instances.map(of)).size;
  const series = count(({ seriesInstanceUid }) => seriesInstanceUid);
  if (series > 1) throw unreadable(`holds ${series} series; keep the instances of one`);
  if (count(({ frameOfReferenceUid }) => frameOfReferenceUid) > 1) {
    throw unreadable('holds instances of several frames of reference (0020,0052), which are no levels of one picture');
  }
  if (count(({ level }) => `${level.width} ${level.height}`) < instances.length) {
    throw new DeepHealthError(
      'DH_SLIDE_UNSUITABLE',
      'The slide has several instances of the same extents, such as planes of focus; keep the one that is meant.',
    );
  }
}

function toLevel({ level: { width, height, tile } }: WsiInstance, { level: finest }: WsiInstance): SlideLevel {
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
