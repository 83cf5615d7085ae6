import { cudaHint } from '../../export/cuda-hint.js';
import { CWL_EXIT_CODES, EXIT_CODES, toText } from '../../export/exportable-chain.js';
import type { ChunkJob } from '../chain-backend.js';

/** The workflow that an engine is given: one scatter over the tasks, each a chunk and its command. */
export function taskWorkflow({ resources }: ChunkJob, script: string): string {
  const hints = {
    // A task is there for what it leaves in the folder of the run, so a remembered one would be none.
    WorkReuse: { enableReuse: false },
    ...cudaHint(resources.gpus),
  };
  const task = {
    class: 'CommandLineTool',
    baseCommand: ['/bin/sh', script],
    requirements: {
      ResourceRequirement: {
        coresMin: resources.cores,
        ramMin: resources.ramMiB,
        ...(resources.scratchMiB === undefined ? {} : { tmpdirMin: resources.scratchMiB }),
      },
      ToolTimeLimit: { timelimit: resources.timeLimitS },
      // A task may ask a runtime that is served elsewhere.
      NetworkAccess: { networkAccess: true },
    },
    hints,
    inputs: {
      chunk: { type: 'string', inputBinding: { position: 1 } },
      command: { type: 'string[]', inputBinding: { position: 2 } },
    },
    outputs: {},
    ...CWL_EXIT_CODES,
  };
  return toText({
    cwlVersion: 'v1.2',
    $namespaces: { cwltool: 'http://commonwl.org/cwltool#' },
    class: 'Workflow',
    requirements: { ScatterFeatureRequirement: {} },
    inputs: {
      chunks: 'string[]',
      commands: { type: { type: 'array', items: { type: 'array', items: 'string' } } },
    },
    outputs: {},
    steps: {
      task: {
        run: task,
        scatter: ['chunk', 'command'],
        scatterMethod: 'dotproduct',
        in: { chunk: 'chunks', command: 'commands' },
        out: [],
      },
    },
  });
}

/** The job order beside {@link taskWorkflow}. */
export function taskJobOrder({ tasks }: ChunkJob): string {
  return toText({
    chunks: tasks.map(({ chunk }) => chunk),
    commands: tasks.map(({ command }) => command),
  });
}

/** Set in the environment of an engine and of each of its tasks, so that whatever is left of them can be found. */
export const ENGINE_MARK = 'DEEPHEALTH_CWL_ENGINE';

/** What engines give to a task for itself alone, and what a task keeps of its surroundings beside its own. */
const OF_THE_ENGINE = ['TMPDIR', 'CUDA_VISIBLE_DEVICES'];

/**
 * The script that wraps each task: `task.sh CHUNK COMMAND...`. It leaves a line when the task begins, and the
 * number of the attempt and its exit code when it ends, gives it its environment and nothing else, and hands on the signal that an engine ends it by.
 */
export function taskScript({ runFolder, environment }: ChunkJob, tasksFolder: string, mark: string): string {
  const variables = Object.entries({ ...environment, [ENGINE_MARK]: mark });
  const kept = OF_THE_ENGINE.filter((name) => !Object.hasOwn(environment, name));
  return `#!/bin/sh
chunk=$1
shift
marks=${quoted(tasksFolder)}/$chunk
child=
stopped=
trap 'stopped=1; [ -z "$child" ] || kill -TERM "$child" 2>/dev/null' TERM INT
cd ${quoted(runFolder)} || exit ${EXIT_CODES.fault.code}
echo began >>"$marks.began" || exit ${EXIT_CODES.fault.code}
attempt=$(($(wc -l <"$marks.began")))
env -i ${variables.map(([name, value]) => quoted(`${name}=${value}`)).join(' ')} \\
  ${kept.map((name) => `\${${name}+"${name}=$${name}"}`).join(' ')} "$@" &
child=$!
[ -z "$stopped" ] || kill -TERM "$child" 2>/dev/null
wait "$child"
code=$?
# A signal ends the waiting before the task.
while kill -0 "$child" 2>/dev/null; do
  wait "$child"
  code=$?
done
echo "$attempt $code" >>"$marks.ended"
exit "$code"
`;
}

/** A word of a shell, whatever is in it. */
const quoted = (text: string) => `'${text.replaceAll("'", "'\\''")}'`;
