import { createServer } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { startProgram } from './adapter-process.js';
import { deephealth } from './cli-process.js';
import { temporaryFolder } from './temporary-folder.js';

/** A file of the repository. */
export const fileOf = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url));

export interface Result {
  readonly id: string;
  readonly status: string;
}

/** A platform that asks on the contract's face, as `deephealth conformance adapter --platform` judges its adapters. */
export interface PlatformCommands {
  readonly platform: string;
  /** Of the reference adapter. */
  readonly program: string;
  /** Cases that are quick, and each pass in one run at least. */
  readonly some: readonly string[];
  /** What it does wrong, its mutant, a case that kills it, and what the case says. */
  readonly wrong: readonly (readonly [what: string, mutant: string, only: string, says: RegExp])[];
  /** What is said of the packages that are written. */
  readonly exported: RegExp;
  /** A case, what explain says of it beside how to run it, and a line of the list. */
  readonly explained: { readonly id: string; readonly says: RegExp; readonly listed: RegExp };
  readonly limitMs: number;
}

/** One on loopback that nobody listens on. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** The commands around an adapter of the platform, with its reference adapter. */
export function describePlatformCommands(commands: PlatformCommands): void {
  const { platform, program, some, wrong, exported, explained, limitMs } = commands;
  const adapter = (...args: string[]) => deephealth('conformance', 'adapter', '--platform', platform, ...args);
  const command = ['--', process.execPath, program, '--settings', '{settings}'];

  describe(`deephealth conformance adapter --platform ${platform}, with the reference`, () => {
    it.each([...wrong])(
      'calls one that %s not conformant, and says why',
      async (_, mutant, only, says) => {
        const { exitCode, stdout } = await adapter('--only', only, ...command, '--mutant', mutant);
        expect(exitCode).toBe(1);
        expect(stdout).toMatch(says);
        expect(stdout).toMatch(/NOT CONFORMANT/);
      },
      limitMs,
    );

    it(
      'judges an adapter that listens already by the packages that were exported for it',
      async () => {
        const folder = temporaryFolder();
        const port = ['--runtime-port', String(await freePort())];
        const written = await deephealth('conformance', 'models', 'export', folder, '--platform', platform, ...port);
        expect(written.stdout).toMatch(exported);
        const running = await startProgram(program, ['--settings', join(folder, 'settings.json')]);
        try {
          const only = ['--only', some.join(','), '--json'];
          const { exitCode, stdout } = await adapter('--target', running.address, ...port, ...only);
          const { verdict, results } = JSON.parse(stdout);
          expect([exitCode, verdict]).toEqual([3, 'partial']);
          const passed = results.filter(({ status }: Result) => status === 'pass');
          expect([...new Set(passed.map(({ id }: Result) => id))]).toEqual(some);
        } finally {
          running.stop();
        }
      },
      limitMs,
    );

    it('says in explain and list what a case is about', async () => {
      const [said, listed] = await Promise.all([
        deephealth('conformance', 'explain', explained.id.toLowerCase()),
        deephealth('conformance', 'list', '--profile', platform),
      ]);
      expect(said.stdout).toContain(`adapter --platform ${platform} --only ${explained.id}`);
      expect(said.stdout).toMatch(explained.says);
      expect(listed.stdout).toMatch(explained.listed);
    });

    it('ends with exit code 4 where nobody can tell the adapter of its runtime', async () => {
      const { exitCode, stderr } = await adapter('--target', '127.0.0.1:1');
      expect(exitCode).toBe(4);
      expect(stderr).toMatch(/give --runtime-port/);
    });
  });
}
