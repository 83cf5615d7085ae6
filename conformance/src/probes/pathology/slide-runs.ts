import type { adapterV1 } from '@deephealth/proto';
import { type AnalysisName, bindingIdOf, formOf } from '../../pathology/pathology-models.js';
import { readBundle, type SlideBundle } from '../../pathology/slide-bundle.js';
import type { SuiteSlide } from '../../pathology/suite-slides.js';
import type { ObservedTile, TileRuntime } from '../../pathology/tile-runtime.js';
import { NotJudged, TargetFailure } from '../../run/case-result.js';
import { findLeak } from '../../run/find-leaks.js';
import { asReceived } from '../../targets/channel-call.js';
import type { Outcome } from '../../targets/target-client.js';
import type { ProbeContext } from '../probe.js';
import { SteeredRuns } from '../steered-runs.js';

/** What a run is asked with, where it is not what belongs to the slide. */
export interface RunChanges {
  readonly bindingId?: string;
  readonly mediaType?: string;
  readonly deadlineMs?: number;
}

/** What came of a slide that was run. */
export interface RanSlide extends adapterV1.RunBindingResponse__Output {
  readonly bundle: SlideBundle;
  /** That the runtime was asked about since the run began. */
  readonly tiles: readonly ObservedTile[];
}

/** An adapter for slides before a runtime that sees every tile, with the words that cases need. */
export class SlideRuns extends SteeredRuns<ObservedTile, TileRuntime> {
  constructor(context: ProbeContext) {
    const { wsi } = context;
    if (wsi === undefined) throw new NotJudged('notApplicable', 'only an adapter for slides is sent slides');
    super(context, wsi);
  }

  /** Tiles since the case began. */
  get tiles(): readonly ObservedTile[] {
    return this.asked;
  }

  message(slide: Pick<SuiteSlide, 'bytes' | 'mediaType'>, analysis: AnalysisName, changes: RunChanges = {}) {
    const { bindingId = bindingIdOf(analysis), mediaType = slide.mediaType } = changes;
    return { bindingId, input: slide.bytes, mediaType };
  }

  /** Sends a slide; what comes back is searched for what the slide says of its patient. */
  async run(slide: SuiteSlide, analysis: AnalysisName = 'score', changes: RunChanges = {}): Promise<Outcome> {
    const message = this.message(slide, analysis, changes);
    const outcome = await this.context.client.call('RunBinding', message, changes.deadlineMs ?? this.callMs);
    const { response: _, ...said } = outcome;
    this.holdsNobody(JSON.stringify(said), slide, 'the error');
    const leak = findLeak(outcome);
    if (leak !== undefined) throw new TargetFailure(leak);
    return outcome;
  }

  /** What a slide that is right gives; TargetFailure if it is refused, cannot be read or says whom it is of. */
  async ran(slide: SuiteSlide, analysis: AnalysisName = 'score', changes: RunChanges = {}): Promise<RanSlide> {
    const before = this.runtime.tiles.length;
    const { status, reason, message, response } = await this.run(slide, analysis, changes);
    if (status !== 'OK')
      throw new TargetFailure(`RunBinding: expected OK, got ${status} ${reason} ${message}`.slice(0, 300));
    const said = asReceived<adapterV1.RunBindingResponse__Output>('RunBinding', 'response', response as object);
    const bundle = readBundle(said.output, formOf(analysis));
    for (const text of bundle.texts) this.holdsNobody(text, slide, 'the output');
    return { ...said, bundle, tiles: this.runtime.tiles.slice(before) };
  }

  holdsNobody(text: string, { canaries }: SuiteSlide, what: string): void {
    const found = canaries.find((canary) => text.includes(canary));
    if (found !== undefined) throw new TargetFailure(`${what} holds what the slide says of its patient`);
  }
}
