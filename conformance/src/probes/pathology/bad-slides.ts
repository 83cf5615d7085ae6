import { BAD_SLIDES } from '../../pathology/bad-slides.js';
import { makeSlide } from '../../pathology/suite-slides.js';
import { TargetFailure } from '../../run/case-result.js';
import type { Probe } from '../probe.js';
import { SlideRuns } from './slide-runs.js';

/** The slide of the case (`slide`) is refused for the right reason, and no tile of it was asked about. */
const slideIsRefused: Probe = async (context) => {
  const runs = new SlideRuns(context);
  const name = context.with.slide as string;
  const bad = BAD_SLIDES[name];
  if (bad === undefined) throw new RangeError(`the suite has no slide "${name}"`);
  const refusal = runs.refusedAs(await runs.run(bad.make(), bad.analysis), bad.refused);
  if (runs.tiles.length > 0 && !refusal.endsWith('SLIDE_REGION_UNREADABLE')) {
    throw new TargetFailure(`the runtime was asked about ${runs.tiles.length} tiles of a slide that was refused`);
  }
  return [refusal];
};

/** A right slide that is said to be something else, or is sent to nobody; `what` is what is wrong. */
const callIsRefused: Probe = async (context) => {
  const runs = new SlideRuns(context);
  const [changes, refused] = CALLS[context.with.what as string] ?? [];
  if (changes === undefined || refused === undefined) throw new RangeError('the case names no call');
  const refusal = runs.refusedAs(await runs.run(makeSlide(), 'score', changes), [refused]);
  if (runs.tiles.length > 0) throw new TargetFailure('the runtime was asked for a call that was refused');
  return [refusal];
};

const CALLS: Readonly<Record<string, readonly [{ bindingId?: string; mediaType?: string }, string]>> = {
  'media-type': [{ mediaType: 'image/x-conformance' }, 'INVALID_ARGUMENT / MEDIA_TYPE_UNSUPPORTED'],
  'no-media-type': [{ mediaType: '' }, 'INVALID_ARGUMENT / MEDIA_TYPE_UNSUPPORTED'],
  binding: [{ bindingId: 'conformance-slide-tiles/1/no-such-analysis' }, 'NOT_FOUND / BINDING_NOT_FOUND'],
};

export const BAD_SLIDE_PROBES: Readonly<Record<string, Probe>> = {
  'wsi-slide-is-refused': slideIsRefused,
  'wsi-call-is-refused': callIsRefused,
};
