import { createHash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type { runtimeV1 } from '@deephealth/proto';
import { TAGS } from '../../pathology/dicom-slide.js';
import { type ExpectedCell, expectedTiles } from '../../pathology/expected-cells.js';
import { judgeArray, judgeRegions, judgeTable } from '../../pathology/judge-bundle.js';
import { ANALYSES, SLIDE_CLASS, TILE_MODEL, TILE_OUTPUT } from '../../pathology/pathology-models.js';
import type { SlideReport } from '../../pathology/slide-bundle.js';
import { meanOfRed } from '../../pathology/slide-oracle.js';
import { makeSlide, pictureOf, type SuiteSlide, TISSUE } from '../../pathology/suite-slides.js';
import { TargetFailure } from '../../run/case-result.js';
import { asReceived } from '../../targets/channel-call.js';
import type { Probe } from '../probe.js';
import { type RanSlide, SlideRuns } from './slide-runs.js';

const CELL = 64;
const { threshold } = ANALYSES.score.regions;
/** Lengths in DICOM are of 32 bits, and areas are products of two. */
const RELATIVE = 1e-4;

function near(what: string, got: number | null | undefined, expected: number): void {
  if (typeof got === 'number' && Math.abs(got - expected) <= RELATIVE * Math.abs(expected)) return;
  throw new TargetFailure(`${what} is ${got}, and must be ${Number(expected.toPrecision(9))}`);
}

function equal(what: string, got: unknown, expected: unknown): void {
  if (isDeepStrictEqual(got, expected)) return;
  throw new TargetFailure(`${what} is ${JSON.stringify(got)}, and must be ${JSON.stringify(expected)}`);
}

function onlyClass({ classes }: SlideReport) {
  const [found] = classes.filter(({ label }) => label === SLIDE_CLASS);
  if (found === undefined || classes.length !== 1)
    throw new TargetFailure(`the report is not of the one class "${SLIDE_CLASS}"`);
  return found;
}

/** What the slide of a case says of its scale. */
const SCALES: Readonly<Record<string, () => SuiteSlide>> = {
  both: () => makeSlide({ micronsPerPixel: { x: 0.48, y: 0.49 } }),
  spacing: () =>
    makeSlide({
      micronsPerPixel: { x: 0.49, y: 0.48 },
      dicom: { change: { [TAGS.volumeWidth]: null, [TAGS.volumeHeight]: null } },
    }),
  volume: () => makeSlide({ micronsPerPixel: { x: 0.49, y: 0.48 }, dicom: { pixelSpacing: null } }),
  tiff: () => makeSlide({ format: 'tiff', micronsPerPixel: { x: 0.48, y: 0.48 } }),
};

/** The report says how large a pixel is, however the slide says it. */
const scaleIsReported: Probe = async (context) => {
  const slide = (SCALES[context.with.source as string] as () => SuiteSlide)();
  const { bundle } = await new SlideRuns(context).ran(slide);
  const { micronsPerPixel } = bundle.report.slide;
  near('micronsPerPixel.x', micronsPerPixel?.x, slide.micronsPerPixel.x);
  near('micronsPerPixel.y', micronsPerPixel?.y, slide.micronsPerPixel.y);
  return [`${micronsPerPixel.x} x ${micronsPerPixel.y} micrometres`];
};

/** Area and share are those of the cells of the table. */
const areaIsReported: Probe = async (context) => {
  const slide = makeSlide({ picture: pictureOf('plain'), micronsPerPixel: { x: 0.48, y: 0.49 } });
  const runs = new SlideRuns(context);
  for (const one of [slide, makeSlide({ picture: pictureOf('ring') })]) {
    const { report, table: cells = [] } = (await runs.ran(one)).bundle;
    const found = onlyClass(report);
    const marked = cells.filter(({ value }) => value >= Math.fround(threshold));
    const area = marked.reduce((sum, { width, height }) => sum + width * height, 0);
    near('areaMm2', found.areaMm2, (area * one.micronsPerPixel.x * one.micronsPerPixel.y) / 1e6);
    near('share', found.share, marked.length / cells.length);
    equal('threshold', found.threshold, threshold);
  }
  return ['area, share and threshold are those of the cells'];
};

/** Extents of the slide and the grid of the map, in pixels of level 0. */
const gridIsReported: Probe = async (context) => {
  const analysis = context.with.analysis as 'score' | 'coarse';
  const slide = makeSlide({ picture: pictureOf('pyramid'), format: 'tiff' });
  const { report } = (await new SlideRuns(context).ran(slide, analysis)).bundle;
  const { columns, rows } = expectedTiles(slide.picture, CELL);
  const { width, height } = slide.picture;
  equal('slide', [report.slide.width, report.slide.height], [width, height]);
  const { grid } = report;
  equal('grid', [grid.columns, grid.rows, grid.x, grid.y], [columns, rows, 0, 0]);
  near('cellWidth', grid.cellWidth, CELL);
  near('cellHeight', grid.cellHeight, CELL);
  equal('label', report.label, ANALYSES[analysis].label);
  return [`${columns} x ${rows} cells over ${width} x ${height} pixels`];
};

/** Tiles of tissue are examined and those of glass are not; what is not examined has no value anywhere. */
const unexaminedIsSaid: Probe = async (context) => {
  const runs = new SlideRuns(context);
  const slide = makeSlide({ picture: pictureOf('tissue') });
  const ran = await runs.ran(slide, 'tissue');
  const { table: cells = [], report } = ran.bundle;
  const expected = expectedTiles(slide.picture, CELL);
  const isTissue = ({ x, y }: ExpectedCell) =>
    x >= TISSUE.x && y >= TISSUE.y && x + CELL <= TISSUE.x + TISSUE.width && y + CELL <= TISSUE.y + TISSUE.height;
  const listed = new Set(cells.map(({ x, y }) => `${x},${y}`));
  const lost = expected.cells.find((cell) => isTissue(cell) && !listed.has(`${cell.x},${cell.y}`));
  if (lost !== undefined) throw new TargetFailure(`tissue at ${lost.x},${lost.y} was not examined`);
  // What touches tissue may count as tissue or not.
  const isGlass = ({ column, row }: ExpectedCell) => column < 1 || column > 4 || row > 4;
  const made = expected.cells.find((cell) => isGlass(cell) && listed.has(`${cell.x},${cell.y}`));
  if (made !== undefined) throw new TargetFailure(`glass at ${made.x},${made.y} has a value in the table`);
  const isListed = ({ x, y }: ExpectedCell) => listed.has(`${x},${y}`);
  judgeTable(cells, expected, isListed);
  judgeArray(ran.bundle, expected, isListed);
  equal('tiles.examined', report.tiles.examined, cells.length);
  equal('tiles.skipped', report.tiles.skipped, expected.cells.length - cells.length);
  equal('tiles of the runtime', ran.tiles.length, cells.length);
  const marked = cells.filter(({ value }) => value >= Math.fround(threshold)).length;
  near('share', onlyClass(report).share, marked / cells.length);
  return [`${cells.length} of ${expected.cells.length} cells were examined, and the others have no value`];
};

/** Where the model abstains there is no value, and the report counts it. */
const abstentionIsKept: Probe = async (context) => {
  const runs = new SlideRuns(context);
  const slide = makeSlide({ picture: pictureOf('ring') });
  const expected = expectedTiles(slide.picture, CELL);
  const abstained = [expected.cells[9], expected.cells[15]] as ExpectedCell[];
  const isAbstained = (value: number) => abstained.some((cell) => Math.abs(cell.value - value) < 1e-9);
  const ran = await runs.runtime.while(
    {
      isFor: (_, { picture }) => isAbstained(meanOfRed(picture)),
      change: (response) => ({ ...response, findings: response.findings?.map(withAbstention) ?? [] }),
    },
    () => runs.ran(slide),
  );
  const isWanted = (cell: ExpectedCell) => !abstained.includes(cell);
  const { table: cells = [], regions, report } = ran.bundle;
  judgeTable(cells, expected, isWanted);
  judgeArray(ran.bundle, expected, isWanted);
  const without = { ...expected, cells: expected.cells.map((cell) => (isWanted(cell) ? cell : { ...cell, value: 0 })) };
  judgeRegions(regions, without, { label: SLIDE_CLASS, threshold, canvas: slide.picture });
  equal('tiles.abstained', report.tiles.abstained, abstained.length);
  equal('tiles.examined', report.tiles.examined, cells.length);
  return [`${abstained.length} cells on which the model abstained have no value, and are counted`];
};

function withAbstention(finding: runtimeV1.Finding): runtimeV1.Finding {
  return { ...finding, classification: { ...finding.classification, decision: [], abstained: true } };
}

/** Slide, package and runtime, as they were. */
const provenanceIsReported: Probe = async (context) => {
  const runs = new SlideRuns(context);
  const slide = makeSlide({ format: (context.with.format ?? 'dicom') as 'dicom' });
  const { report } = (await runs.ran(slide)).bundle;
  const written = context.wsi?.models.find(({ model }) => model.name === TILE_MODEL);
  const sha256 = createHash('sha256').update(slide.bytes).digest('hex');
  equal('slide.sha256', report.slide.sha256, sha256);
  equal('provenance.slide.sha256', report.provenance.slide.sha256, sha256);
  const { name, version, packageSha256, onnxSha256 } = report.provenance.model;
  equal(
    'provenance.model',
    { name, version, packageSha256, onnxSha256 },
    {
      ...{ name: TILE_MODEL, version: '1' },
      ...{ packageSha256: written?.packageSha256, onnxSha256: written?.onnxSha256 },
    },
  );
  const { server, engine, executionProvider } = report.provenance.runtime;
  const asked = runs.tiles[0]?.response?.provenance;
  equal(
    'provenance.runtime',
    [server, engine, executionProvider],
    [asked?.runtime, asked?.engine, asked?.executionProvider],
  );
  return ['the bytes of the slide, package and graph of the model, and who answered'];
};

/** `runs` has each answer of the runtime, under its id, as the runtime gave it. */
const runsAreNamed: Probe = async (context) => {
  const runs = new SlideRuns(context);
  const { runs: named, tiles } = await runs.ran(makeSlide());
  const keyOf = (requestId: string, provenance: unknown) => JSON.stringify([requestId, provenance]);
  const given = tiles.map(({ request, response }) => {
    const { provenance } = asReceived<runtimeV1.PredictResponse__Output>('Predict', 'response', response as object);
    return keyOf(request.requestId, provenance);
  });
  equal('number of runs', named.length, given.length);
  const strange = named.find(({ requestId, provenance }) => !given.includes(keyOf(requestId, provenance)));
  if (strange !== undefined)
    throw new TargetFailure('a run is named with another id or provenance than the runtime answered with');
  equal('ids of runs', new Set(named.map(({ requestId }) => requestId)).size, named.length);
  return [`${named.length} answers of the runtime, each with its provenance`];
};

/** What the runtime warns of is in the report, and that it is for research only. */
const warningsAreReported: Probe = async (context) => {
  const runs = new SlideRuns(context);
  const plain = await runs.ran(makeSlide());
  if (plain.bundle.report.researchUseOnly !== true)
    throw new TargetFailure('the report does not say that the model is for research only');
  if (plain.bundle.report.warnings.length === 0)
    throw new TargetFailure('the report does not say what the runtime warns of');
  const warning = { kind: 'WARNING_KIND_NEAR_THRESHOLD' as const, field: TILE_OUTPUT, message: 'Near the threshold.' };
  const warned: RanSlide = await runs.runtime.while(
    {
      isFor: (number) => number === 3,
      change: (response) => ({ ...response, warnings: [...(response.warnings ?? []), warning] }),
    },
    () => runs.ran(makeSlide()),
  );
  const { length } = warned.bundle.report.warnings;
  if (length <= plain.bundle.report.warnings.length)
    throw new TargetFailure('a warning about one tile is not in the report');
  return [`${length} warnings, one of a single tile`];
};

export const REPORT_PROBES: Readonly<Record<string, Probe>> = {
  'wsi-scale-is-reported': scaleIsReported,
  'wsi-area-is-reported': areaIsReported,
  'wsi-grid-is-reported': gridIsReported,
  'wsi-unexamined-is-said': unexaminedIsSaid,
  'wsi-abstention-is-kept': abstentionIsKept,
  'wsi-provenance-is-reported': provenanceIsReported,
  'wsi-runs-are-named': runsAreNamed,
  'wsi-warnings-are-reported': warningsAreReported,
};
