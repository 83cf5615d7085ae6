import type { RunRecord, TaskRecord } from '../runs/run-record.js';
import { isChunk, isFinal, type RunEvent, type StoredRun, type SubmittedRun } from './run-event.js';

/** Of whole percents: staging 5, the chunks 90, the merge 5; 100 only when the results are there. */
const STAGE_IN_SHARE = 5;
const MERGE_SHARE = 5;

/**
 * What the events of a run amount to. An event costs the same whether the run has ten tasks or a hundred thousand:
 * a record is only made of them where one is asked for.
 */
export class RunProjection {
  readonly #submitted: SubmittedRun;
  /** Changed in place; records are copies. */
  readonly #about: { -readonly [Name in keyof Omit<RunRecord, 'tasks'>]: RunRecord[Name] };
  #handle: string | undefined;
  readonly #tasks: TaskRecord[] = [];
  readonly #places = new Map<string, number>();
  #chunks = 0;
  #chunksDone = 0;
  #run: StoredRun | undefined;

  /** @throws RangeError for another event than a submission */
  constructor(event: RunEvent) {
    if (event.type !== 'submitted') throw new RangeError('the journal of a run begins with its submission');
    const { runId, tenant, face, chain, packageSha256, parameters, request, backend, callbacks } = event.run;
    this.#submitted = event.run;
    this.#about = {
      ...{ runId, tenant, face, chain, packageSha256, parameters, request, backend },
      ...(callbacks === undefined ? {} : { callbacks }),
      ...{ state: 'QUEUED', progress: 0, submittedAt: event.at, updatedAt: event.at, artefacts: [] },
    };
  }

  /** The same object until the next event; it is not changed by it. */
  get run(): StoredRun {
    this.#run ??= {
      record: { ...this.#about, tasks: [...this.#tasks] },
      submitted: this.#submitted,
      ...(this.#handle === undefined ? {} : { handle: this.#handle }),
    };
    return this.#run;
  }

  task(name: string): TaskRecord | undefined {
    const place = this.#places.get(name);
    return place === undefined ? undefined : this.#tasks[place];
  }

  /** @throws RangeError for an event that none of this kind of journal is */
  apply(event: RunEvent): void {
    switch (event.type) {
      case 'state':
        this.#change({
          state: event.state,
          ...(event.state === 'INITIALIZING' && this.#about.startedAt === undefined && { startedAt: event.at }),
          ...(isFinal(event.state) && { endedAt: event.at }),
          // Results are of complete runs alone, also where the end came behind them.
          ...(isFinal(event.state) && event.state !== 'COMPLETE' && { artefacts: [] }),
          ...(event.failure !== undefined && { failure: event.failure }),
        });
        break;
      case 'items':
        for (const name of event.chunks) {
          if (!this.#places.has(name)) this.#keep({ name, state: 'QUEUED', attempts: 0 });
        }
        this.#change({ itemCount: event.items });
        break;
      case 'task':
        this.#keep(event.task);
        this.#change({});
        break;
      case 'handle':
        this.#handle = event.handle;
        break;
      case 'artefacts':
        this.#change({ artefacts: event.artefacts });
        break;
      default:
        throw new RangeError('the journal of a run has no such event behind its submission');
    }
    if (event.type !== 'handle') this.#about.updatedAt = event.at;
    this.#run = undefined;
  }

  #change(change: Partial<RunRecord>): void {
    Object.assign(this.#about, change);
    // Progress never goes back, whatever is done anew.
    this.#about.progress = Math.max(this.#about.progress, this.#progressIn(this.#about.state));
  }

  #keep(task: TaskRecord): void {
    const place = this.#places.get(task.name);
    const before = place === undefined ? undefined : this.#tasks[place];
    if (isChunk(task.name)) {
      if (before === undefined) this.#chunks++;
      this.#chunksDone += Number(task.state === 'COMPLETE') - Number(before?.state === 'COMPLETE');
    }
    if (place === undefined) {
      this.#places.set(task.name, this.#tasks.length);
      this.#tasks.push(task);
    } else {
      this.#tasks[place] = task;
    }
  }

  #progressIn(state: RunRecord['state']): number {
    if (state === 'COMPLETE') return 100;
    const isDone = (name: string) => this.task(name)?.state === 'COMPLETE';
    const share =
      this.#chunks === 0 ? 0 : Math.floor(((100 - STAGE_IN_SHARE - MERGE_SHARE) * this.#chunksDone) / this.#chunks);
    return (isDone('stage-in') ? STAGE_IN_SHARE : 0) + share + (isDone('merge') ? MERGE_SHARE - 1 : 0);
  }
}
