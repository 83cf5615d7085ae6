import { spawn } from 'node:child_process';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { seededRandom } from '@deephealth/sdk';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type BundledPrograms, bundledPrograms } from './bundled-programs.js';
import { chainPackage, temporaryFolder, uidKeyFile } from './chain-package.js';
import { artefact, cleanUp, ended, onCleanUp, start, submit } from './served-runs.js';

let programs: BundledPrograms;
beforeAll(async () => {
  programs = await bundledPrograms();
});
afterAll(() => programs?.remove());
afterEach(cleanUp);

describe('kill -9', () => {
  const AGES = Array.from({ length: 6 }, (_, index) => 20 + index * 3);
  const CHUNKS = ['chunk-00000', 'chunk-00001', 'chunk-00002'];

  /** Runs the service as a process until the run ends, or is killed at a step that it tells of. */
  function live(root: string, killAt: number): Promise<{ lines: string[]; isKilled: boolean }> {
    const child = spawn(process.execPath, [programs.service, root, programs.step], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let printed = '';
    let isKilled = false;
    child.stdout.on('data', (part) => {
      printed += String(part);
      if (printed.split('\n').length <= killAt || isKilled) return;
      isKilled = child.kill('SIGKILL');
    });
    return new Promise((resolve) => {
      child.once('close', () => resolve({ lines: printed.split('\n').slice(0, -1), isKilled }));
    });
  }

  const sums = (root: string) => {
    const [id = ''] = readdirSync(join(root, 'state', 'runs'));
    return { id, sums: readFileSync(join(root, 'state', 'runs', id, 'result', 'SHA256SUMS'), 'utf8') };
  };

  function prepare(root: string): string {
    chainPackage(join(root, 'models'));
    uidKeyFile(root);
    writeFileSync(join(root, 'ages.json'), JSON.stringify(AGES));
    return root;
  }

  it('of the service at 20 random points changes no byte, and no chunk that was done is asked again', async () => {
    const root = temporaryFolder();
    onCleanUp(() => rmSync(root, { recursive: true, force: true }));
    const whole = prepare(join(root, 'whole'));
    const { lines } = await live(whole, Number.POSITIVE_INFINITY);
    const reference = sums(whole);
    const random = seededRandom(9);
    let kills = 0;
    const round = async (home: string) => {
      const doneBefore = new Set<string>();
      for (;;) {
        const { lines: told, isKilled } = await live(home, 1 + Math.floor(random() * lines.length));
        const seen = told.map((line) => line.split(' ') as [string, string, string]);
        for (const [name, state] of seen) if (state === 'COMPLETE' && name.startsWith('chunk-')) doneBefore.add(name);
        if (!isKilled) break;
        kills++;
      }
      const result = sums(home);
      expect(result.sums).toBe(reference.sums);
      expect(doneBefore.size).toBe(CHUNKS.length);
      const folder = join(home, 'state', 'runs', result.id);
      expect(new Set(readFileSync(join(folder, 'asked.log'), 'utf8').trim().split('\n')).size).toBe(AGES.length);
      expect(readdirSync(join(folder, 'parts')).sort()).toEqual(CHUNKS);
      // Nothing is left of what was killed, nor of what was sent.
      expect(readdirSync(folder).filter((name) => name.startsWith('.') || name.startsWith('inputs'))).toEqual([]);
      const journal = readFileSync(join(folder, 'journal.ndjson'), 'utf8')
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line));
      for (const chunk of doneBefore) {
        const states = journal.filter(({ type, task }) => type === 'task' && task.name === chunk);
        // Each chunk is told to be done once, and is not begun behind it.
        expect(states.findIndex(({ task }) => task.state === 'COMPLETE')).toBe(states.length - 1);
      }
    };
    let next = 0;
    const rounds = async () => {
      while (kills < 20) await round(prepare(join(root, `killed-${next++}`)));
    };
    await Promise.all([rounds(), rounds()]);
  }, 240_000);

  it('of a worker at 20 random points changes no byte, and only its own chunk is done anew', async () => {
    const { service, root } = await start({ program: [process.execPath, programs.step], limits: { maxRunning: 2 } });
    const whole = await ended(service, await submit(service, AGES));
    const wanted = await artefact(service, whole, 'SHA256SUMS');
    const random = seededRandom(31);
    let kills = 0;
    const round = async () => {
      const { runId } = await submit(service, AGES);
      const parts = join(root, 'state', 'runs', runId, 'parts');
      const killed = new Set<string>();
      const stop = service.onChange(({ runId: id, tasks }) => {
        if (id !== runId || killed.size >= 2) return;
        for (const { name, state, attempts } of tasks) {
          if (state !== 'RUNNING' || attempts !== 1 || !name.startsWith('chunk-') || killed.has(name)) continue;
          killed.add(name);
          // From before it reads anything to after it has committed.
          setTimeout(() => (kills += killWorker(join(parts, name)) ? 1 : 0), random() * 450);
        }
      });
      const run = await ended(service, service.get('ward', runId));
      stop();
      expect(run.state).toBe('COMPLETE');
      expect(await artefact(service, run, 'SHA256SUMS')).toBe(wanted);
      for (const { name, attempts } of run.tasks) if (!killed.has(name)) expect(attempts).toBe(1);
      expect(readdirSync(parts).sort()).toEqual(CHUNKS);
    };
    const rounds = async () => {
      while (kills < 20) await round();
    };
    await Promise.all([rounds(), rounds()]);
  }, 240_000);
});

/** Kills the process that makes a part, if it is there. */
function killWorker(part: string): boolean {
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      if (!readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').includes(part)) continue;
      return process.kill(Number(pid), 'SIGKILL');
    } catch {
      // It ended while we looked.
    }
  }
  return false;
}
