import { setTimeout as delay } from 'node:timers/promises';
import type { adapterV1, runtimeV1 } from '@deephealth/proto';
import { ERROR_CATALOG, type ErrorCode } from '@deephealth/sdk';
import { BAD_SLIDES } from '../../pathology/bad-slides.js';
import { expectedTiles } from '../../pathology/expected-cells.js';
import { judgeTable } from '../../pathology/judge-bundle.js';
import {
  ANALYSES,
  type AnalysisName,
  bindingIdOf,
  formOf,
  modelOf,
  SLIDE_CLASS,
  TILE_MODEL,
  TILE_OUTPUT,
} from '../../pathology/pathology-models.js';
import { readBundle } from '../../pathology/slide-bundle.js';
import { FORMATS, makeSlide, pictureOf } from '../../pathology/suite-slides.js';
import type { ObservedTile } from '../../pathology/tile-runtime.js';
import { SLIDES_IN_FLIGHT } from '../../pathology/write-pathology-folder.js';
import { NotJudged, TargetFailure } from '../../run/case-result.js';
import { asReceived, rawCall } from '../../targets/channel-call.js';
import { type Overload, overload } from '../overload.js';
import type { Probe } from '../probe.js';
import { SlideRuns } from './slide-runs.js';

const CELL = 64;
/** Long enough that all slides are there before one is done. */
const HELD_MS = 400;
/** For slides that are under way at the same time to come between each other's tiles. */
const TURN_MS = 15;

const bindingsAreListed: Probe = async (context) => {
  const runs = new SlideRuns(context);
  await runs.describesItself('digital-pathology');
  const expected = (Object.keys(ANALYSES) as AnalysisName[]).map((name) => ({
    id: bindingIdOf(name),
    model: modelOf(name),
  }));
  const count = await runs.listsBindings(expected, ['application/dicom', 'image/tiff'], 'application/zip');
  return [`${count} bindings, each with its package`];
};

/** What the runtime is told of a tile, beside its pixels. */
const tilesAreAsked: Probe = async (context) => {
  const runs = new SlideRuns(context);
  const slide = makeSlide();
  const { tiles } = await runs.ran(slide);
  for (const { request } of tiles) {
    const { modelName, modelVersion, expectedPackageSha256, outputs, inputs } = request;
    if (modelName !== TILE_MODEL || !['1', ''].includes(modelVersion))
      throw new TargetFailure('another model was asked');
    if (expectedPackageSha256 !== runs.packageOf(TILE_MODEL)) {
      throw new TargetFailure('the runtime was not told which package the binding was made for');
    }
    if (outputs.length > 0 && outputs.join() !== TILE_OUTPUT) throw new TargetFailure('another output was asked for');
    if (!['image/png', 'image/bmp'].includes(inputs[0]?.image?.mediaType ?? '')) {
      throw new TargetFailure('a tile is of a media type that the model does not take');
    }
  }
  const twice = tiles.length - expectedTiles(slide.picture, CELL).cells.length;
  if (twice !== 0) throw new TargetFailure(`the runtime was asked about ${tiles.length} tiles, ${twice} too many`);
  return [`${tiles.length} tiles, each asked about once and of the package that the binding was made for`];
};

/** An error of the runtime in the middle of a slide ends the run under its own name. */
const errorsArrive: Probe = async (context) => {
  const runs = new SlideRuns(context);
  const code = context.with.code as ErrorCode;
  const { grpc } = ERROR_CATALOG[code];
  const refuse = { code, message: 'Made for the conformance suite.' };
  const outcome = await runs.runtime.while({ isFor: (number) => number === 7, refuse }, () => runs.run(makeSlide()));
  if (runs.tiles.length < 8) throw new TargetFailure(`the runtime was asked about ${runs.tiles.length} tiles of 20`);
  return [runs.refusedAs(outcome, [`${grpc} / ${code.replace(/^DH_/, '')}`])];
};

/** What is no answer is no value. */
const WRONG: Readonly<Record<string, (probability: number) => runtimeV1.Classification>> = {
  'not-a-number': () => ({ classes: [{ label: SLIDE_CLASS, probability: Number.NaN }] }),
  'above-one': () => ({ classes: [{ label: SLIDE_CLASS, probability: 1.5 }] }),
  'below-zero': () => ({ classes: [{ label: SLIDE_CLASS, probability: -0.25 }] }),
  'another-class': (probability) => ({ classes: [{ label: 'benign', probability }] }),
};
const wrongAnswersAreRefused: Probe = async (context) => {
  const runs = new SlideRuns(context);
  const made = WRONG[context.with.what as string] as (typeof WRONG)[string];
  const outcome = await runs.runtime.while(
    {
      isFor: (number) => number === 5,
      change: (response) => ({ ...response, findings: [{ name: TILE_OUTPUT, classification: made(0.5) }] }),
    },
    () => runs.run(makeSlide()),
  );
  if (runs.tiles.length < 6) throw new TargetFailure(`the runtime was asked about ${runs.tiles.length} tiles of 20`);
  return [runs.refusedAs(outcome, [`${ERROR_CATALOG.DH_RESPONSE_INVALID.grpc} / RESPONSE_INVALID`])];
};

const deadlineArrives: Probe = async (context) => {
  const runs = new SlideRuns(context);
  const deadlineMs = runs.callMs / 2;
  const { tiles } = await runs.ran(makeSlide(), 'score', { deadlineMs });
  return [runs.seesNoMoreThan(deadlineMs, tiles)];
};

/** Until the runtime hears that nobody waits for its tiles any more. */
async function left(runs: SlideRuns, since: number, why: string): Promise<string> {
  const withinMs = runs.within('cancelObserved');
  const isOpen = ({ cancelledAt, response }: ObservedTile) => cancelledAt === undefined && response === undefined;
  const end = performance.now() + withinMs;
  while (runs.tiles.some(isOpen) && performance.now() < end) await delay(10);
  const open = runs.tiles.filter(isOpen).length;
  if (open > 0) throw new TargetFailure(`${why}, and ${open} tiles were still asked for after ${withinMs} ms`);
  const asked = runs.tiles.length;
  await delay(runs.within('settling'));
  if (runs.tiles.length > asked) throw new TargetFailure(`${why}, and the runtime was asked about more tiles`);
  const last = Math.max(...runs.tiles.map(({ cancelledAt = since }) => cancelledAt));
  return `${runs.tiles.length} tiles were left after ${Math.round(last - since)} ms`;
}

const cancellationArrives: Probe = async (context) => {
  const runs = new SlideRuns(context);
  const cancel = new AbortController();
  const message = runs.message(makeSlide(), 'score');
  return runs.runtime.while({ isFor: (number) => number > 2, hang: true }, async () => {
    const ended = rawCall(context.target, 'RunBinding', message, {
      deadlineMs: 2 * runs.callMs,
      signal: cancel.signal,
    });
    const held = await runs.runtime.waitFor(({ response }) => response === undefined, {
      from: runs.from + 3,
      withinMs: runs.within('delivery'),
    });
    if (held === undefined) throw new TargetFailure('the runtime was not asked');
    const since = performance.now();
    cancel.abort();
    await ended;
    return [await left(runs, since, 'the caller cancelled')];
  });
};

/** A runtime that hangs is left when the caller's time is over. */
const hangingIsLeft: Probe = async (context) => {
  const runs = new SlideRuns(context);
  return runs.runtime.while({ hang: true }, async () => {
    const { status } = await runs.run(makeSlide(), 'score', { deadlineMs: runs.within('shortDeadline') / 2 });
    if (status !== 'DEADLINE_EXCEEDED') throw new TargetFailure(`expected DEADLINE_EXCEEDED, got ${status}`);
    if (runs.tiles.length === 0) throw new TargetFailure('the runtime was not asked');
    return [await left(runs, performance.now(), "the caller's time was over")];
  });
};

/** Two slides tile by tile at the same time, each with its own map. */
const slidesKeepApart: Probe = async (context) => {
  const runs = new SlideRuns(context);
  const slides = [
    makeSlide({ picture: pictureOf('plain') }),
    makeSlide({ picture: pictureOf('other'), format: 'tiff' }),
  ];
  const all = await runs.runtime.while({ delayMs: TURN_MS }, () => Promise.all(slides.map((slide) => runs.ran(slide))));
  all.forEach(({ bundle }, index) => {
    const slide = slides[index] as (typeof slides)[number];
    judgeTable(bundle.table, expectedTiles(slide.picture, CELL));
    if (bundle.report.slide.sha256 !== slide.sha256) throw new TargetFailure('a report is about the other slide');
  });
  return [`${all.length} slides at the same time, each with its own map and report`];
};

/** More slides than are taken at a time. */
const overloadIsSaid: Probe = (context) =>
  overload('slides', HELD_MS, (heldMs) => runTogether(new SlideRuns(context), heldMs));

/** More slides than are taken at a time, each held for a while and answered rightly, or refused as it must be. */
async function runTogether(runs: SlideRuns, heldMs: number): Promise<Overload> {
  const slides = Array.from({ length: 2 * SLIDES_IN_FLIGHT + 1 }, () => makeSlide({ picture: pictureOf('small') }));
  const all = await runs.runtime.while({ delayMs: heldMs }, () => Promise.all(slides.map((slide) => runs.run(slide))));
  const answered = all.filter(({ status }) => status === 'OK');
  for (const { response } of answered) {
    const { output } = asReceived<adapterV1.RunBindingResponse__Output>('RunBinding', 'response', response as object);
    judgeTable(readBundle(output, formOf('score')).table, expectedTiles(pictureOf('small'), CELL));
  }
  const refused = all.filter(({ status }) => status !== 'OK');
  if (answered.length === 0) throw new TargetFailure('no slide was taken');
  for (const outcome of refused) runs.refusedAs(outcome, ['RESOURCE_EXHAUSTED / QUEUE_FULL']);
  return { answered: answered.length, refused: refused.length };
}

/** Whom a slide is of stays in its header: outputs and errors are searched by every run, and here what the runtime is told. */
const nobodyIsNamed: Probe = async (context) => {
  const runs = new SlideRuns(context);
  for (const format of FORMATS) {
    const slide = makeSlide({ format });
    const { tiles } = await runs.ran(slide);
    const told = tiles.map(({ request: { inputs, ...rest } }) => [rest, inputs.map(({ name }) => name)]);
    runs.holdsNobody(JSON.stringify(told), slide, 'what the runtime is told');
  }
  const refused = [
    'dicom-without-scale',
    'dicom-that-contradicts-itself',
    'dicom-cut-short',
    'tiff-without-scale',
    'a-label',
  ];
  for (const name of refused) {
    const bad = BAD_SLIDES[name] as (typeof BAD_SLIDES)[string];
    runs.refusedAs(await runs.run(bad.make()), bad.refused);
  }
  return [`${FORMATS.length} outputs and ${refused.length} errors name nobody, and the runtime was told nothing`];
};

const logNamesNobody: Probe = async (context) => {
  const { launched } = context;
  if (launched === undefined)
    throw new NotJudged('notApplicable', 'only the log of an adapter that the suite starts is seen');
  const runs = new SlideRuns(context);
  const slide = makeSlide();
  await runs.ran(slide);
  const bad = { ...(BAD_SLIDES['dicom-that-contradicts-itself'] as (typeof BAD_SLIDES)[string]).make() };
  await runs.run(bad);
  // What is written may come later than what is answered.
  await delay(runs.within('settling'));
  const log = launched.log.join('\n');
  for (const one of [slide, bad]) runs.holdsNobody(log, one, 'the log');
  return [`${launched.log.length} lines that name nobody`];
};

/** A runtime that is away is said to be, without saying where it is. */
const lostRuntimeIsSaid: Probe = async (context) => {
  const { sandwich } = context;
  if (sandwich === undefined)
    throw new NotJudged('notApplicable', 'only the runtime behind an adapter can be taken away');
  const runs = new SlideRuns(context);
  // So that there is a connection that is lost.
  await runs.ran(makeSlide({ picture: pictureOf('small') }));
  sandwich.runtime.goAway();
  let status = '';
  try {
    const outcome = await runs.run(makeSlide(), 'score', { deadlineMs: runs.callMs });
    status = outcome.status;
    if (!['UNAVAILABLE', 'DEADLINE_EXCEEDED'].includes(status)) {
      throw new TargetFailure(`the runtime is away, and the run is answered ${status} ${outcome.reason}`);
    }
    if (`${outcome.message}${JSON.stringify(outcome.metadata)}`.includes(runs.runtimeAddress)) {
      throw new TargetFailure('the error says where the runtime is');
    }
  } finally {
    await sandwich.runtime.comeBack();
  }
  const end = performance.now() + runs.within('reconnect');
  for (;;) {
    const outcome = await runs.run(makeSlide({ picture: pictureOf('small') }), 'score', {
      deadlineMs: runs.within('shortDeadline'),
    });
    if (outcome.status === 'OK') return [`${status}, and found again`];
    if (performance.now() > end)
      throw new TargetFailure(`the runtime is back, and a run is answered ${outcome.status} ${outcome.reason}`);
    await delay(50);
  }
};

export const SLIDE_SERVICE_PROBES: Readonly<Record<string, Probe>> = {
  'wsi-bindings-are-listed': bindingsAreListed,
  'wsi-tiles-are-asked': tilesAreAsked,
  'wsi-errors-arrive': errorsArrive,
  'wsi-wrong-answers-are-refused': wrongAnswersAreRefused,
  'wsi-deadline-arrives': deadlineArrives,
  'wsi-cancellation-arrives': cancellationArrives,
  'wsi-hanging-is-left': hangingIsLeft,
  'wsi-slides-keep-apart': slidesKeepApart,
  'wsi-overload-is-said': overloadIsSaid,
  'wsi-nobody-is-named': nobodyIsNamed,
  'wsi-log-names-nobody': logNamesNobody,
  'wsi-lost-runtime-is-said': lostRuntimeIsSaid,
};
