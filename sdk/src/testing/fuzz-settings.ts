/** How a run of fuzzParser was asked for, by its environment; nothing set is a run of the ordinary tests. */
export interface FuzzSettings {
  /** Inputs of each target (`DEEPHEALTH_FUZZ`). */
  readonly inputs: number | undefined;
  /** Tries other inputs (`DEEPHEALTH_FUZZ_SEED`). */
  readonly seed: number;
  /** No new input is begun after so long, in s (`DEEPHEALTH_FUZZ_SECONDS`). */
  readonly seconds: number | undefined;
  /** This input alone (`DEEPHEALTH_FUZZ_ROUND`). */
  readonly round: number | undefined;
  /** Names of targets (`DEEPHEALTH_FUZZ_TARGETS`, as JSON); none: all. */
  readonly targets: readonly string[];
  /** Inputs that reach new code are kept and broken further (`DEEPHEALTH_FUZZ_GUIDED=1`). */
  readonly isGuided: boolean;
  /** Folder of the outcomes (`DEEPHEALTH_FUZZ_REPORT`). A run with it saves its findings in the corpus. */
  readonly reportFolder: string | undefined;
  /** Holds `targets.json` and `corpus/` (`DEEPHEALTH_FUZZ_FOLDER`, by default `fuzz`). */
  readonly folder: string;
}

/** Reads them anew each time, so that a test can set them. */
export function fuzzSettings(env: Readonly<Record<string, string | undefined>> = process.env): FuzzSettings {
  const number = (name: string) => (env[name] === undefined ? undefined : Number(env[name]));
  return {
    inputs: number('DEEPHEALTH_FUZZ'),
    seed: number('DEEPHEALTH_FUZZ_SEED') ?? 0,
    seconds: number('DEEPHEALTH_FUZZ_SECONDS'),
    round: number('DEEPHEALTH_FUZZ_ROUND'),
    targets: JSON.parse(env.DEEPHEALTH_FUZZ_TARGETS ?? '[]') as string[],
    isGuided: env.DEEPHEALTH_FUZZ_GUIDED === '1',
    reportFolder: env.DEEPHEALTH_FUZZ_REPORT,
    folder: env.DEEPHEALTH_FUZZ_FOLDER ?? 'fuzz',
  };
}

export function isAskedFor({ targets }: FuzzSettings, parser: string): boolean {
  return targets.length === 0 || targets.includes(parser);
}
