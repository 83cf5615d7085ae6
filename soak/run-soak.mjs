// One soak, from the packages to the verdict.
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildTestPackage } from '@deephealth/sdk/testing';
import { auditFaults } from './audit-records.mjs';
import { Faults, ServerCounts } from './faults.mjs';
import { Hostile } from './hostile.mjs';
import { Load, wait } from './load.mjs';
import { KEPT, SWAPPED, wrongOffset } from './packages.mjs';
import { lookAt, ServerProcess } from './server-process.mjs';
import { Tally } from './tally.mjs';
import { judge, lateSamples } from './verdict.mjs';

/** At most so many samples are kept of a run. */
const SAMPLES = 1200;
const SHORTEST_SAMPLE_MS = 250;
/** Until a server without load has the hosts that it needs, and no others. */
const SETTLE_MS = 60_000;

/**
 * @param options seconds, seed, requestsPerSecond, restarts (whether the server itself is killed), faults (a set of
 *   "leak" and "wrong", for proofs that those are seen), audit (whether the server writes an audit), say(text)
 * @returns checks, isPassed, samples, marks, counts of all that was done
 */
export async function runSoak(options) {
  const { seconds, seed, requestsPerSecond, restarts, faults, say } = options;
  const folder = mkdtempSync(join(tmpdir(), 'deephealth-soak-'));
  const store = join(folder, 'store');
  mkdirSync(store);
  const serverEnds = [];
  const lost = [];
  const onUnexpectedEnd = (text) => serverEnds.push(text);
  const server = new ServerProcess({ store, workFolder: folder, faults, hasAudit: options.audit, onUnexpectedEnd });
  const tally = new Tally();
  let auditAcknowledged = 0;
  try {
    for (const packageOf of Object.values(SWAPPED)) buildTestPackage(store, packageOf('1'));
    if (faults.has('wrong')) buildTestPackage(store, wrongOffset('1'));
    for (const packageOf of Object.values(KEPT)) buildTestPackage(store, packageOf());
    say('starting a server ...');
    await server.start();
    const expectedHosts = Object.keys(SWAPPED).length + Object.keys(KEPT).length;
    const startedMs = performance.now();
    const elapsedS = () => (performance.now() - startedMs) / 1000;
    const counts = new ServerCounts(server);
    const load = new Load(server, tally, { seed, requestsPerSecond });
    const hostile = new Hostile(server, seed + 1);
    const context = { server, tally, store, counts, elapsedS };
    const faultsDone = new Faults(context, {
      seed,
      swapEveryS: Math.max(3, Math.min(20, seconds / 12)),
      killEveryS: Math.max(4, Math.min(25, seconds / 8)),
    });
    const samples = [];
    let epoch = 0;
    let isStarting = false;
    let isSampling = true;
    const sample = async () => {
      const metrics = await server.metrics().catch(() => []);
      const heap = metrics.find(({ name }) => name === 'nodejs_heap_size_used_bytes')?.value;
      const own = lookAt(server.pid);
      const hosts = server.hosts();
      if (own === undefined) return;
      const looks = hosts.map(lookAt).filter(Boolean);
      samples.push({
        seconds: elapsedS(),
        epoch,
        ...(isStarting && { isStarting }),
        serverBytes: own.rssBytes,
        files: own.files,
        threads: own.threads,
        hosts: hosts.length,
        // While one is replaced there is one more, or one less: such moments say nothing of growth.
        ...(looks.length === expectedHosts && { hostBytes: looks.reduce((sum, { rssBytes }) => sum + rssBytes, 0) }),
        ...(heap !== undefined && { heapBytes: heap }),
        right: tally.right,
        wrong: tally.wrongCount,
        failures: [...tally.failures.values()].reduce((sum, count) => sum + count, 0),
      });
    };
    const everyMs = Math.max(SHORTEST_SAMPLE_MS, (seconds * 1000) / SAMPLES);
    const sampling = (async () => {
      while (isSampling) {
        await sample();
        await wait(everyMs);
      }
    })();
    /** Counts of the server against those of the callers, while nothing is under way. */
    const compare = async () => {
      const counted = await counts.all();
      for (const [model, acknowledged] of tally.acknowledged) {
        const missing = acknowledged - (counted.get(model) ?? 0);
        if (missing > 0) lost.push(`${model}: ${missing} of ${acknowledged}`);
        auditAcknowledged += acknowledged;
      }
    };
    /** Files of a server that has nothing to do and all its hosts; connections of callers stay. */
    const filesAtRest = async () => {
      const until = performance.now() + SETTLE_MS;
      while (server.hosts().length !== expectedHosts && performance.now() < until) await wait(100);
      await wait(Math.min(5000, seconds * 20));
      return lookAt(server.pid)?.files ?? 0;
    };
    const restart = async (kill) => {
      await load.pause();
      await compare();
      load.resume();
      // Under load again: what is under way fails, and comes back.
      await wait(kill ? 300 : 0);
      if (kill) {
        await server.kill();
        faultsDone.mark('server killed');
      } else {
        await load.pause();
        await server.stop();
        faultsDone.mark('server restarted');
      }
      tally.acknowledged.clear();
      counts.forget();
      epoch += 1;
      isStarting = true;
      await server.start();
      isStarting = false;
      load.resume();
    };

    const untilS = async (target) => {
      let shown = elapsedS();
      while (elapsedS() < target && serverEnds.length === 0) {
        await wait(100);
        if (elapsedS() - shown < Math.max(10, seconds / 20)) continue;
        shown = elapsedS();
        const last = samples.at(-1);
        say(
          `${shown.toFixed(0)} s: ${tally.right} right, ${tally.wrongCount} wrong, ${faultsDone.swaps} swaps, ${faultsDone.hostKills} hosts killed, server ${((last?.serverBytes ?? 0) / 2 ** 20).toFixed(0)} MiB, ${last?.files ?? 0} files`,
        );
      }
    };

    say(`${seconds} s of load ...`);
    load.start();
    hostile.start();
    faultsDone.start();
    if (restarts) {
      await untilS(seconds * 0.1);
      await faultsDone.pausedWhile(() => restart(true));
      await untilS(seconds * 0.2);
      await faultsDone.pausedWhile(() => restart(false));
    }
    await untilS(seconds * 0.45);
    const first = await faultsDone.pausedWhile(async () => {
      await load.pause();
      const files = await filesAtRest();
      load.resume();
      return files;
    });
    await untilS(seconds);
    say('coming to rest ...');
    await faultsDone.stop();
    await load.pause();
    if (serverEnds.length === 0) await compare();
    const last = await filesAtRest();
    const hostsAtEnd = server.hosts().length;
    isSampling = false;
    await sampling;
    await hostile.stop();
    await load.stop();
    const code = await server.stop();
    if (code !== 0 && serverEnds.length === 0) serverEnds.push(`it stopped with ${code}`);
    const leftOver = await server.leftOver();
    const audit = options.audit ? await auditFaults(server.auditFolder, auditAcknowledged) : undefined;
    const run = {
      samples,
      tally,
      accepted: hostile.accepted,
      lost,
      serverEnds: [...serverEnds, ...faultsDone.failures],
      leftOver,
      hosts: { last: hostsAtEnd, expected: expectedHosts },
      filesAtRest: { first, last },
      ...(audit !== undefined && { audit }),
      notDone: [
        ['swaps', faultsDone.swaps],
        ['host kills', faultsDone.hostKills],
        ['hostile requests', hostile.sent],
      ].flatMap(([what, count]) => (count > 0 ? [] : [what])),
    };
    const checks = judge(run);
    const done = {
      asked: tally.asked,
      right: tally.right,
      refused: tally.refused,
      hostileRequests: hostile.sent,
      swaps: faultsDone.swaps,
      hostKills: faultsDone.hostKills,
      serverRestarts: epoch,
      versions: tally.versions.size,
      largestRun: tally.largestRun,
      failures: Object.fromEntries(tally.failures),
    };
    return {
      isPassed: checks.every(({ isPassed }) => isPassed),
      checks,
      done,
      seed,
      seconds: elapsedS(),
      warmS: lateSamples(samples)[0]?.seconds ?? 0,
      marks: faultsDone.marks,
      samples,
    };
  } finally {
    await server.kill().catch(() => undefined);
    rmSync(folder, { recursive: true, force: true });
  }
}
