import { expectedPixels, expectedTiles } from '../../pathology/expected-cells.js';
import { judgeArray, judgeRegions, judgeTable } from '../../pathology/judge-bundle.js';
import { ANALYSES, type AnalysisName, channelOf } from '../../pathology/pathology-models.js';
import {
  makeSlide,
  type PictureName,
  pictureOf,
  type SlideFormat,
  type SuiteSlide,
} from '../../pathology/suite-slides.js';
import { TargetFailure } from '../../run/case-result.js';
import type { Probe, ProbeContext } from '../probe.js';
import { type RanSlide, SlideRuns } from './slide-runs.js';

/** In pixels of level 0. */
const CELL = 64;

interface Asked {
  readonly slide: SuiteSlide;
  readonly analysis: AnalysisName;
  readonly expected: ReturnType<typeof expectedTiles>;
  readonly ran: RanSlide;
}

/** Runs what the case names: `picture`, `format` and `analysis`. */
async function asked(context: ProbeContext): Promise<Asked> {
  const {
    picture = 'plain',
    format = 'dicom',
    analysis = 'score',
  } = context.with as {
    picture?: PictureName;
    format?: SlideFormat;
    analysis?: AnalysisName;
  };
  const runs = new SlideRuns(context);
  const slide = makeSlide({ picture: pictureOf(picture), format });
  const expected = analysis === 'pixels' ? expectedPixels(slide.picture) : expectedTiles(slide.picture, CELL);
  return { slide, analysis, expected, ran: await runs.ran(slide, analysis) };
}

const tableIsRight: Probe = async (context) => {
  const { expected, ran } = await asked(context);
  return [judgeTable(ran.bundle.table, expected), `${ran.tiles.length} tiles`];
};

const arrayIsRight: Probe = async (context) => {
  const { expected, ran, analysis } = await asked(context);
  const { table } = ran.bundle;
  const isListed = analysis === 'pixels' && table !== undefined;
  return [judgeArray(ran.bundle, expected), ...(isListed ? [judgeTable(table, expected)] : [])];
};

const regionsAreRight: Probe = async (context) => {
  const { expected, ran, slide, analysis } = await asked(context);
  const { threshold } = ANALYSES[analysis].regions;
  return [judgeRegions(ran.bundle.regions, expected, { label: channelOf(analysis), threshold, canvas: slide.picture })];
};

/** Everything around the values of the array. */
const arrayIsDescribed: Probe = async (context) => {
  const { slide, expected, ran } = await asked(context);
  const { array, group } = ran.bundle;
  const { attributes } = array;
  const must = (what: string, got: unknown, expected: unknown) => {
    if (JSON.stringify(got) !== JSON.stringify(expected)) {
      throw new TargetFailure(`${what} is ${JSON.stringify(got)}, and must be ${JSON.stringify(expected)}`);
    }
  };
  must('dtype', array.dataType, '|u1');
  must('round_to_0_100', attributes.round_to_0_100, true);
  must('resolution', group.resolution, [slide.picture.width, slide.picture.height]);
  must(
    'slide_levels',
    attributes.slide_levels,
    slide.levels.map(({ width, height }) => [width, height]),
  );
  const level = slide.levels[attributes.extraction_level as number];
  if (level === undefined)
    throw new TargetFailure(`extraction_level ${attributes.extraction_level} is no level of the slide`);
  const { tile_size: cell, level_downsample: downsample } = attributes as {
    tile_size: number;
    level_downsample: number;
  };
  if (Math.abs(downsample - slide.picture.width / level.width) > 0.05)
    throw new TargetFailure(`level_downsample is ${downsample}`);
  if (Math.abs(cell * downsample - expected.side) > 0.05 * expected.side) {
    throw new TargetFailure(
      `tile_size ${cell} at level_downsample ${downsample} is not ${expected.side} pixels of level 0`,
    );
  }
  must('dzi_sampling_level', attributes.dzi_sampling_level, Math.ceil(Math.log2(Math.max(level.width, level.height))));
  must('shape', array.shape, [Math.floor(level.height / cell), Math.floor(level.width / cell)]);
  return [`|u1, ${array.shape.join(' x ')}, with all that its readers ask for`];
};

/** A run gives the four files, and the runtime was asked about tiles. */
const bundleIsWhole: Probe = async (context) => {
  const { ran, expected } = await asked(context);
  if (ran.mediaType !== 'application/zip') throw new TargetFailure(`the output is of the type "${ran.mediaType}"`);
  if (ran.tiles.length < expected.cells.length) {
    throw new TargetFailure(
      `${expected.cells.length} cells were filled, and the runtime was asked about ${ran.tiles.length} tiles`,
    );
  }
  const others = ran.tiles.filter(({ picture: { width, height } }) => width !== CELL || height !== CELL);
  if (others.length > 0) throw new TargetFailure(`a tile of the model has ${CELL} pixels on each side`);
  return [`${ran.bundle.files.size} files, of ${ran.tiles.length} tiles`];
};

/** Of a right slide, asked after every case. */
const stillRight: Probe = async (context) => {
  const slide = makeSlide({ picture: pictureOf('small') });
  const ran = await new SlideRuns(context).ran(slide);
  return [judgeTable(ran.bundle.table, expectedTiles(slide.picture, CELL))];
};

/** The same slide again: the same bytes of what has no time in it. */
const sameAgain: Probe = async (context) => {
  const runs = new SlideRuns(context);
  const slide = makeSlide({ picture: pictureOf('ring') });
  const [one, other] = [await runs.ran(slide), await runs.ran(slide)];
  for (const suffix of ['zip', 'geojson', 'csv']) {
    const name = `${ANALYSES.score.label}.${suffix}`;
    if (one.bundle.files.get(name)?.equals(other.bundle.files.get(name) as Buffer) !== true) {
      throw new TargetFailure(`${name} of the same slide has other bytes`);
    }
  }
  return ['the same bytes of array, regions and table'];
};

export const MAP_PROBES: Readonly<Record<string, Probe>> = {
  'wsi-bundle-is-whole': bundleIsWhole,
  'wsi-table-is-right': tableIsRight,
  'wsi-array-is-right': arrayIsRight,
  'wsi-array-is-described': arrayIsDescribed,
  'wsi-regions-are-right': regionsAreRight,
  'wsi-same-again': sameAgain,
  'wsi-still-right': stillRight,
};
