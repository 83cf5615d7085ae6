import type { ConsoleSources, LiveAnswer, LiveModel } from '@deephealth/console';
import type { HistogramCounts, LiveFigures, ServerInside, VersionFigures } from '@deephealth/runtime';
import { ANONYMOUS, type Caller, maySeeModel } from '@deephealth/sdk';
import { differenceOf, quantile, totalOf } from './histogram-quantile.js';

/** Rates and quantiles are those of so long. */
const WINDOW_MS = 60_000;
/** Pages that ask at once see the same. */
const LEAST_DISTANCE_MS = 1000;

interface Snapshot {
  readonly atMs: number;
  readonly figures: LiveFigures;
}

/** Figures of the running server: what was counted in the last minute, and what waits and runs now. */
export function liveSource(
  { store, figures }: Pick<ServerInside, 'store' | 'figures'>,
  now: () => number = () => performance.now(),
): ConsoleSources['metrics'] {
  const snapshots: Snapshot[] = [];
  /** The present figures, and those that they are compared with. */
  const take = (): { present: Snapshot; past: Snapshot | undefined } => {
    const present = { atMs: now(), figures: figures() };
    while (snapshots.length > 1 && (snapshots[1]?.atMs ?? 0) <= present.atMs - WINDOW_MS) snapshots.shift();
    const [past] = snapshots;
    const last = snapshots.at(-1);
    if (last === undefined || present.atMs - last.atMs >= LEAST_DISTANCE_MS) snapshots.push(present);
    return { present, past };
  };
  const visibleTo = (caller: Caller) => store.all().filter(({ name }) => maySeeModel(caller, name));
  return {
    status: () => ({ available: true, url: '/metrics' }),
    read(caller = ANONYMOUS): LiveAnswer {
      const { present, past } = take();
      const delay = since(present.figures.eventLoopDelay, past?.figures.eventLoopDelay);
      return {
        at: new Date().toISOString(),
        models: visibleTo(caller).map(({ name, version, queueLength, running, hosts, hostRestarts }): LiveModel => {
          const counted = find(present.figures, name, version);
          const before = past && find(past.figures, name, version);
          const seconds = past === undefined ? performance.now() / 1000 : (present.atMs - past.atMs) / 1000;
          const requests = (counted?.requests ?? 0) - (before?.requests ?? 0);
          return {
            ...{ name, version, waiting: queueLength, running, hosts: hosts.length, restarts: hostRestarts },
            requestsPerSecond: seconds > 0 ? Math.max(0, requests) / seconds : 0,
            latencyMs: latencyOf(counted, before),
            failures: counted?.failures ?? 0,
          };
        }),
        process: {
          rssBytes: process.memoryUsage.rss(),
          eventLoopDelayMs: (quantile(delay, 0.99) ?? 0) * 1000,
          uptimeSeconds: process.uptime(),
        },
      };
    },
  };
}

function find({ versions }: LiveFigures, name: string, version: string): VersionFigures | undefined {
  return versions.find((one) => one.name === name && one.version === version);
}

/** Of the last minute; where nothing came in it, since the start. */
function latencyOf(counted: VersionFigures | undefined, before: VersionFigures | undefined): LiveModel['latencyMs'] {
  if (counted === undefined) return { p50: null, p95: null, p99: null };
  const recent = since(counted.duration, before?.duration);
  const of = (part: number) => {
    const seconds = quantile(recent, part);
    return seconds === null ? null : seconds * 1000;
  };
  return { p50: of(0.5), p95: of(0.95), p99: of(0.99) };
}

function since(counted: HistogramCounts, before: HistogramCounts | undefined): HistogramCounts {
  if (before === undefined) return counted;
  const recent = differenceOf(counted, before);
  return totalOf(recent) > 0 ? recent : counted;
}
