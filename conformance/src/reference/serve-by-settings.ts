import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { SUITE_VERSION } from '../version.js';

/** A reference adapter that is being served. */
export interface ServedReference {
  /** "host:port" of the contract's face. */
  readonly address: string;
  /** URL of its face towards its platform, if it has one. */
  readonly platformFace?: string;
  /** What it has written so far. */
  readonly log: readonly string[];
  stop(): void;
}

/**
 * The program of a reference adapter: `--settings <file> [--runtime <host:port>] [--mutant <id>]`. It prints the
 * handshake of a launched adapter and its log, and ends when it is told to.
 *
 * @param mutant id of one, as it was given
 */
export async function serveBySettings<Settings extends { readonly runtime?: string }>(
  name: string,
  serve: (settings: Settings, runtime: string, mutant: string | undefined) => Promise<ServedReference>,
): Promise<void> {
  const { values } = parseArgs({
    options: { settings: { type: 'string' }, runtime: { type: 'string' }, mutant: { type: 'string' } },
  });
  const path = values.settings ?? process.env.DEEPHEALTH_CONFORMANCE_SETTINGS;
  if (path === undefined) throw new RangeError('Give --settings.');
  const settings = JSON.parse(readFileSync(path, 'utf8')) as Settings;
  const runtime = values.runtime ?? settings.runtime;
  if (runtime === undefined) throw new RangeError('Give --runtime.');
  const served = await serve(settings, runtime, values.mutant);
  process.stdout.write(`DH-ADAPTER|1|${served.platformFace ?? ''}|${name}|${SUITE_VERSION}\n`);
  process.stdout.write(`DH|1|1|tcp|${served.address}\n`);
  let written = 0;
  const log = setInterval(() => {
    for (const line of served.log.slice(written)) process.stderr.write(`${line}\n`);
    written = served.log.length;
  }, 50);
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.once(signal, () => {
      clearInterval(log);
      served.stop();
      process.exit(0);
    });
  }
}
