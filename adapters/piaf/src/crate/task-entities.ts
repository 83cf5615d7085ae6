import type { TaskRecord } from '../runs/run-record.js';
import { type Entity, IDS, type Reference, reference } from './crate-entity.js';
import type { CrateParts } from './crate-parts.js';

/** Steps of a chain, in their order; a task is of one of them. */
const STEPS = [
  ['stage-in', 'Recognise, de-identify and copy the inputs'],
  ['infer', 'Run the model on the items of one chunk'],
  ['merge', 'Put the parts together'],
] as const;

/** Which step each task was of, and what it did. */
export function taskEntities({ info, artefacts }: CrateParts, files: readonly Entity[]) {
  const { run, chunks = [], staged, software } = info;
  const digests = new Map(staged.items.map(({ item, sha256 }) => [item, sha256]));
  // By item; those of none were made of all.
  const filesOf = new Map<string, Entity[]>();
  files.forEach((file, i) => {
    const item = /^files\/(item-\d+)\//.exec(artefacts[i]?.path ?? '')?.[1] ?? '';
    const own = filesOf.get(item);
    if (own === undefined) filesOf.set(item, [file]);
    else own.push(file);
  });
  const itemsOf = new Map(chunks.map(({ chunk, items }) => [chunk, items]));
  const stepOf = ({ name }: TaskRecord) => (name.startsWith('chunk-') ? 'infer' : name);
  const present = STEPS.filter(([name]) => run.tasks.some((task) => stepOf(task) === name));
  const tasks = run.tasks.filter((task) => present.some(([name]) => name === stepOf(task)));
  const actions = tasks.map((task): Entity => {
    const items = itemsOf.get(task.name) ?? [];
    const own = items.flatMap((item) => filesOf.get(item) ?? []);
    const merged = task.name === 'merge' ? (filesOf.get('') ?? []) : own;
    const object: Reference[] =
      task.name === 'stage-in'
        ? []
        : [...new Set(items.map((item) => digests.get(item)))].map((sha256) => ({
            '@id': `${IDS.digestPrefix}${sha256}`,
          }));
    const result: Reference[] = task.name === 'stage-in' ? [{ '@id': IDS.inputs }] : merged.map(reference);
    return {
      '@id': `#task-${encodeURIComponent(task.name)}`,
      '@type': 'CreateAction',
      name: task.name,
      ...(task.attempts > 1 ? { description: `Begun ${task.attempts} times.` } : {}),
      instrument: { '@id': `${IDS.toolPrefix}${stepOf(task)}` },
      ...(object.length === 0 ? {} : { object }),
      ...(result.length === 0 ? {} : { result }),
      ...times(task),
      ...statusOf(task),
    };
  });
  const steps = present.map(
    ([name, description], index): Entity => ({
      '@id': `#step-${name}`,
      '@type': 'HowToStep',
      name,
      description,
      position: String(index + 1),
      workExample: { '@id': `${IDS.toolPrefix}${name}` },
    }),
  );
  const version = software['@deephealth/adapter-piaf'] ?? Object.values(software)[0];
  const tools = present.map(
    ([name, description]): Entity => ({
      '@id': `${IDS.toolPrefix}${name}`,
      '@type': 'SoftwareApplication',
      name: `deephealth chain ${name}`,
      description,
      ...(version === undefined ? {} : { softwareVersion: version }),
    }),
  );
  const controls = present.map(
    ([name]): Entity => ({
      '@id': `#control-${name}`,
      '@type': 'ControlAction',
      name: `Tasks of ${name}`,
      instrument: { '@id': `#step-${name}` },
      object: tasks.flatMap((task, i) => (stepOf(task) === name ? [reference(actions[i] as Entity)] : [])),
    }),
  );
  return { actions, steps, tools, controls };
}

export function times({
  startedAt,
  endedAt,
}: {
  readonly startedAt?: string | undefined;
  readonly endedAt?: string | undefined;
}) {
  return {
    ...(startedAt === undefined ? {} : { startTime: startedAt }),
    ...(endedAt === undefined ? {} : { endTime: endedAt }),
  };
}

export function statusOf({ state, failure }: Pick<TaskRecord, 'state' | 'failure'>) {
  const isFinal = state === 'COMPLETE' || state.endsWith('_ERROR') || state === 'CANCELED' || state === 'PREEMPTED';
  const status = state === 'COMPLETE' ? 'Completed' : isFinal ? 'Failed' : 'Active';
  return {
    actionStatus: { '@id': `http://schema.org/${status}ActionStatus` },
    ...(failure === undefined ? {} : { error: `${failure.code}: ${failure.message}` }),
  };
}
