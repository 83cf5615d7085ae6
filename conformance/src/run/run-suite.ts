import { setMaxListeners } from 'node:events';
import type { ConformanceCase, Profile } from '../cases/case-types.js';
import { planCase } from '../cases/load-cases.js';
import { modelsOf } from '../models/partial-models.js';
import { type Exchange, shortText } from '../targets/exchange.js';
import { TargetClient } from '../targets/target-client.js';
import { type CaseResult, type CaseStatus, unjudged } from './case-result.js';
import { type RunOptions, runCase } from './run-case.js';
import { leftOut, type Selection } from './select-cases.js';
import { RUN_LIMIT_MS, TIMEOUTS_MS } from './timeouts.js';

/** How a run came to its end. */
export interface Ending {
  /** `targetLost` is the target's fault; `interrupted` and `limit` are nobody's. */
  readonly how: 'complete' | 'targetLost' | 'interrupted' | 'limit';
  /** In words, unless it is complete. */
  readonly detail: string;
}

export interface SuiteRun {
  readonly results: CaseResult[];
  readonly ending: Ending;
}

/** What `runSuite` takes. */
export interface SuiteOptions extends RunOptions, Selection {
  readonly cases: readonly ConformanceCase[];
  /** Profiles that the target claims. */
  readonly profiles: readonly Profile[];
  /** Ends the run: what was found until then is kept. */
  readonly signal?: AbortSignal;
  /** Of the whole run; default 20 minutes. */
  readonly runLimitMs?: number;
  /** Default true. Without, every case is asked of a target that answers nothing, too. */
  readonly endsWhenLost?: boolean;
  /** Ends the run after the first case with this answer: for who wants to know only whether there is one. */
  isEnough?(result: CaseResult): boolean;
  onResult?(result: CaseResult): void;
}

const WRONG: readonly CaseStatus[] = ['fail', 'warn', 'error', 'inconclusive'];
const SILENT = ['DEADLINE_EXCEEDED', 'UNAVAILABLE'];
const COMPLETE: Ending = { how: 'complete', detail: '' };
const ENOUGH: Ending = { how: 'complete', detail: 'what was found before is enough' };
/** A transcript is to be read; what a case does a thousand times is told by its first times. */
const EXCHANGES_KEPT = 40;

/** {@link runSuiteToEnd}, for who asks only what became of the cases. */
export async function runSuite(options: SuiteOptions): Promise<CaseResult[]> {
  return (await runSuiteToEnd(options)).results;
}

/**
 * Runs every case of the claimed profiles, one after the other, in the order of their ids. Never rejects and never
 * takes longer than its limit: whatever happens, each case has a result, `notRun` if the run ended before.
 */
export async function runSuiteToEnd(options: SuiteOptions): Promise<SuiteRun> {
  const { cases, profiles, signal, onResult } = options;
  const limitMs = (options.runLimitMs ?? RUN_LIMIT_MS) * (options.timeScale ?? 1);
  const results: CaseResult[] = [];
  let ending = COMPLETE;
  const stop = stopper(limitMs, signal);
  try {
    for (const one of cases
      .filter(({ profile }) => profiles.includes(profile))
      .flatMap((each) => planCase(each, cases))) {
      const reason = leftOut(one.id, options);
      const unserved = modelsOf(one).filter((model) => options.missingModels?.includes(model));
      let result: CaseResult;
      if (reason !== undefined) result = unjudged(one, 'skipped', reason);
      else if (unserved.length > 0) result = unjudged(one, 'notApplicable', `it does not serve ${unserved.join(', ')}`);
      else if (ending !== COMPLETE) result = unjudged(one, 'notRun', ending.detail);
      else {
        const { exchanges, target, end } = recording(options.target);
        const outcome = await Promise.race([runCase(one, { ...options, target }), stop.asked]);
        end();
        if ('how' in outcome) {
          ending = outcome;
          result = { ...unjudged(one, 'notRun', outcome.detail), exchanges };
        } else {
          result = { ...outcome, exchanges };
          const lost = WRONG.includes(outcome.status) ? await whyLost(options) : undefined;
          if (lost !== undefined) ending = { how: 'targetLost', detail: `after ${one.id}, ${lost}` };
        }
      }
      results.push(result);
      onResult?.(result);
      if (ending === COMPLETE && options.isEnough?.(result)) ending = ENOUGH;
    }
  } finally {
    stop.forget();
  }
  return { results, ending };
}

/** Resolves once the run is to end before its time. */
function stopper(limitMs: number, signal: AbortSignal | undefined): { asked: Promise<Ending>; forget(): void } {
  let forget: () => void = () => undefined;
  const asked = new Promise<Ending>((resolve) => {
    const onAbort = () => resolve({ how: 'interrupted', detail: 'the run was interrupted' });
    const onLimit = () => resolve({ how: 'limit', detail: `the run took longer than ${limitMs / 60_000} minutes` });
    const timer = setTimeout(onLimit, limitMs);
    if (signal?.aborted) onAbort();
    signal?.addEventListener('abort', onAbort);
    forget = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
    };
  });
  return { asked, forget };
}

/** A target for one case: what is sent is written down, and what the case left open is closed at its end. */
function recording(target: RunOptions['target']) {
  const exchanges: Exchange[] = [];
  const controller = new AbortController();
  setMaxListeners(0, controller.signal);
  return {
    exchanges,
    end: () => controller.abort(),
    target: {
      ...target,
      signal: controller.signal,
      onExchange: (exchange: Exchange) => {
        if (exchanges.length < EXCHANGES_KEPT) exchanges.push(exchange);
      },
    },
  };
}

/** Why nothing more can be asked of a target; undefined if it still answers. */
async function whyLost({ target, launched, endsWhenLost = true, timeScale = 1 }: SuiteOptions) {
  if (!endsWhenLost) return undefined;
  const client = new TargetClient(target, 'still-there');
  try {
    const { status, message } = await client.call('GetServerInfo', {}, TIMEOUTS_MS.call * timeScale);
    if (!SILENT.includes(status)) return undefined;
    const end = launched?.ended();
    if (end !== undefined) return `the target's process has ended (${end})`;
    return `the target no longer answers: ${status} ${shortText(message)}`.trim();
  } finally {
    client.close();
  }
}
