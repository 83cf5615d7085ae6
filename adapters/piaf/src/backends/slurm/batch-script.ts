import { DeepHealthError } from '@deephealth/sdk';
import type { ChunkTask } from '../chain-backend.js';

/** Seconds from the first signal to the one that ends a task for certain. */
export const KILL_AFTER_S = 10;
/** Of a task whose submission was given up: it has done nothing. */
export const SUPERSEDED_EXIT_CODE = 75;
/** What is kept of the output of one attempt. */
const LOG_BYTES = 262_144;
/** Slurm refuses scripts above max_script_size, 4 MiB unless told otherwise. */
export const MAX_SCRIPT_BYTES = 2 * 2 ** 20;

/** What Slurm sets for the devices that it gave to a task, which a program must know to keep to them. */
const DEVICE_VARIABLES = ['CUDA_VISIBLE_DEVICES', 'GPU_DEVICE_ORDINAL', 'ROCR_VISIBLE_DEVICES', 'ZE_AFFINITY_MASK'];

export interface BatchScript {
  readonly jobName: string;
  /** Absolute. */
  readonly attemptsFolder: string;
  readonly tasks: readonly ChunkTask[];
  readonly environment: Readonly<Record<string, string>>;
  readonly timeLimitS: number;
}

/** A word that a POSIX shell takes as it is: nothing in single quotes is special, but their end. */
export function quoteShell(text: string): string {
  if (text.includes('\0')) throw invalid('an argument or value', 'text without a NUL');
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

/**
 * The script of an array: each task looks itself up by its index. It takes nothing from the environment but what
 * Slurm says of the task and of its devices.
 *
 * @throws DH_CHAIN_REQUEST_INVALID for a name of a variable or chunk that is none
 */
export function batchScript({ jobName, attemptsFolder, tasks, environment, timeLimitS }: BatchScript): string {
  const variables = Object.entries(environment).map(([name, value]) => {
    if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) throw invalid('environment', 'names of letters, digits and _');
    return quoteShell(`${name}=${value}`);
  });
  const cases = tasks.map(({ chunk, command }, index) => {
    assertChunkName(chunk);
    return `${index}) chunk=${chunk}; set -- ${programOf(command).map(quoteShell).join(' ')} ;;`;
  });
  const limit = Math.max(1, Math.ceil(timeLimitS));
  return `#!/bin/sh
PATH=/usr/local/bin:/usr/bin:/bin; export PATH
umask 077
cd ${quoteShell(attemptsFolder)}/slurm || exit ${SUPERSEDED_EXIT_CODE}
case "$SLURM_ARRAY_TASK_ID" in
${cases.join('\n')}
*) exit ${SUPERSEDED_EXIT_CODE} ;;
esac
# Another array does this one's work where nobody could tell whether Slurm had taken it.
[ "$(cat ${jobName}.live 2>/dev/null)" = ${jobName} ] || exit ${SUPERSEDED_EXIT_CODE}
attempt=$((\${SLURM_RESTART_COUNT:-0} + 1))
mkdir -p "work-$chunk" && cd "work-$chunk" || exit ${SUPERSEDED_EXIT_CODE}
for name in ${DEVICE_VARIABLES.join(' ')}; do
  eval "value=\\\${$name-}"
  [ -z "$value" ] || set -- "$name=$value" "$@"
done
set -- env -i ${variables.join(' ')} "$@"
# Ended by a signal, it still writes how, and what the task had said: both go on until the task has ended.
cause=exit; trap 'cause=signal' TERM INT
begun=$(date +%s)
code=$({ { timeout -k ${KILL_AFTER_S} ${limit} "$@" </dev/null 3>&-; echo $? >&3; } 2>&1 |
  { trap '' TERM INT; head -c ${LOG_BYTES}; cat >/dev/null; } >"../$chunk.log" 3>&-; } 3>&1)
: "\${code:=143}"
if [ "$code" = 124 ] || [ "$code" = 137 ]; then
  [ $(($(date +%s) - begun)) -lt ${limit} ] || cause=timeout
fi
# At once, by a rename: a half-written file says something else.
printf '%s %s %s %s\\n' ${jobName} "$attempt" "$code" "$cause" >"../$chunk.exit.$$.part" &&
  mv -f "../$chunk.exit.$$.part" "../../$chunk.exit"
cd .. && rm -rf "work-$chunk"
exit "$code"
`;
}

/** `env` would take a program with = in its path as a variable, and one with - before it as an option. */
function programOf(command: readonly string[]): readonly string[] {
  const [program] = command;
  if (program === undefined || program === '') throw invalid('command', 'a program');
  return /^-|=/.test(program) ? ['/bin/sh', '-c', 'exec "$@"', 'sh', ...command] : command;
}

/** Names of chunks become names of files. */
export function assertChunkName(chunk: string): void {
  if (!/^[A-Za-z0-9][A-Za-z0-9_-]{0,99}$/.test(chunk)) throw invalid('chunk', 'letters, digits, - and _');
}

function invalid(field: string, expected: string): DeepHealthError {
  return new DeepHealthError('DH_CHAIN_REQUEST_INVALID', `${field}: expected ${expected}.`, { details: { field } });
}
