import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Diagnosis, diagnose, writeModels } from '@deephealth/conformance';
import { Command } from 'commander';
import { printJson } from '../../output/print.js';
import { stopRun } from './stop-run.js';
import {
  BAD_USAGE,
  checkTargetFlags,
  connectionOf,
  Launcher,
  NotStarted,
  type TargetFlags,
  WrongUsage,
  withTargetOptions,
} from './target-options.js';

const EXITS = { nobody: 0, implementation: 1, wiring: 2 } as const;
const BLAME = {
  nobody: 'All is well: the suite can ask, and the first answers are right.',
  wiring: 'The WIRING is wrong: the suite cannot ask its questions.',
  implementation: 'The IMPLEMENTATION is wrong: the suite can ask, and the first answers are not right.',
} as const;

const HELP = `
Exit codes: 0 all is well, 1 the implementation is wrong, 2 the wiring is wrong, 4 wrong usage.`;

interface Options extends TargetFlags {
  readonly json?: boolean;
}

export function createConformanceDoctor(setExitCode: (code: number) => void): Command {
  return withTargetOptions(
    new Command('doctor').description('Before the first run: is a target reached, and who is to blame if not.'),
  )
    .option('--json', 'print what was found as JSON')
    .addHelpText('after', HELP)
    .action(async (command: string[], options: Options) => {
      try {
        const diagnosis = await examine(command, options);
        if (options.json) printJson(diagnosis);
        else process.stdout.write(inWords(diagnosis));
        setExitCode(EXITS[diagnosis.blame]);
      } catch (thrown) {
        if (!(thrown instanceof WrongUsage)) throw thrown;
        process.stderr.write(`${thrown.message}\n(add --help for the usage)\n`);
        setExitCode(BAD_USAGE);
      }
    });
}

async function examine(command: readonly string[], options: Options): Promise<Diagnosis> {
  checkTargetFlags(command, options);
  const connection = connectionOf(options);
  const store = mkdtempSync(join(tmpdir(), 'deephealth-conformance-'));
  const stop = stopRun(() => launcher.kill());
  const launcher = new Launcher(command, store, options, stop.signal);
  try {
    const models = writeModels(store);
    const address = options.target ?? (await launcher.launch()).address;
    return await diagnose({ ...connection, address }, models);
  } catch (thrown) {
    if (!(thrown instanceof NotStarted)) throw thrown;
    const next =
      'The command after -- must stay and print one line on standard output once it serves: DH|1|1|tcp|127.0.0.1:<port>. Run it by itself and look.';
    return { findings: [{ what: 'start', isFine: false, detail: thrown.message }], blame: 'wiring', next };
  } finally {
    await launcher.stop();
    stop.forget();
    rmSync(store, { recursive: true, force: true });
  }
}

function inWords({ findings, blame, next }: Diagnosis): string {
  const width = Math.max(...findings.map(({ what }) => what.length));
  const lines = findings.map(
    ({ what, isFine, detail }) => ` ${isFine ? 'ok  ' : 'NOT '} ${what.padEnd(width)}  ${detail}`,
  );
  return `${[...lines, '', ` ${BLAME[blame]}`, ` ${next}`].join('\n')}\n`;
}
