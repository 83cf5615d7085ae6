import type { adapterV1 } from '@deephealth/proto';
import { type AnalysisName, bindingIdOf, formOf } from '../../pathology/pathology-models.js';
import { readBundle, type SlideBundle } from '../../pathology/slide-bundle.js';
import type { SuiteSlide } from '../../pathology/suite-slides.js';
import type { ObservedTile, TileRuntime } from '../../pathology/tile-runtime.js';
import { NotJudged, TargetFailure } from '../../run/case-result.js';
import { findLeak } from '../../run/find-leaks.js';
import { ADAPTER_TIMES_MS, TIMEOUTS_MS } from '../../run/timeouts.js';
import { asReceived } from '../../targets/channel-call.js';
import type { Outcome } from '../../targets/target-client.js';
import type { ProbeContext } from '../probe.js';

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
export class SlideRuns {
  readonly context: ProbeContext;
  readonly runtime: TileRuntime;
  readonly runtimeAddress: string;
  /** Number of the first tile that this case can have caused. */
  readonly from: number;

  constructor(context: ProbeContext) {
    if (context.wsi === undefined) throw new NotJudged('notApplicable', 'only an adapter for slides is sent slides');
    this.context = context;
    this.runtime = context.wsi.runtime;
    this.runtimeAddress = context.wsi.runtimeAddress;
    this.from = this.runtime.tiles.length;
  }

  /** A wait, with the factor of this run. */
  within(name: keyof typeof ADAPTER_TIMES_MS): number {
    return ADAPTER_TIMES_MS[name] * (this.context.timeScale ?? 1);
  }

  get callMs(): number {
    return TIMEOUTS_MS.load * (this.context.timeScale ?? 1);
  }

  /** Tiles since the case began. */
  get tiles(): readonly ObservedTile[] {
    return this.runtime.tiles.slice(this.from);
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

  /** A refusal with one of these reasons, `STATUS / REASON`. */
  refusedAs({ status, reason, domain }: Outcome, expected: readonly string[]): string {
    const got = `${status} / ${reason}`;
    if (!expected.includes(got)) throw new TargetFailure(`expected ${expected.join(' or ')}, got ${got}`);
    if (domain !== 'deephealth') throw new TargetFailure('the refusal holds no ErrorInfo of the contract');
    return got;
  }

  /** The first tile of a run that goes on; TargetFailure if none comes. */
  async comes(from = this.runtime.tiles.length): Promise<ObservedTile> {
    const tile = await this.runtime.waitFor(() => true, { from, withinMs: this.within('delivery') });
    if (tile === undefined) throw new TargetFailure('the runtime was not asked about any tile');
    return tile;
  }
}
