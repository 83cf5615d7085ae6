import type { DeepHealthError } from '@deephealth/sdk';
import { statusOf } from '../../reference/piaf/chain-refusals.js';
import type { PartItem, ReferencePart } from '../../reference/piaf/reference-results.js';
import {
  FINAL_STATES,
  type ReferenceRun,
  type ReferenceTask,
  type RunWish,
} from '../../reference/piaf/reference-run.js';
import type { ServedChain } from '../../reference/piaf/served-chain.js';
import { callbacks, ogc, type PiafMutant, service, wes } from './piaf-mutant.js';

type Run = ReferenceRun;
/** Longer than a cancellation may take. */
const LATE_MS = 4_000;

/** States, progress, tasks, failures, cancellation, keys, quotas and callbacks. */
export const PIAF_RUN_MUTANTS: readonly PiafMutant[] = [
  service(
    'M-PIAF-10',
    'is initializing again for each chunk',
    (S) =>
      class extends S {
        override async chunk(...args: Parameters<InstanceType<typeof S>['chunk']>) {
          this.enter(args[0], 'INITIALIZING');
          return super.chunk(...args);
        }
      },
  ),
  wes(
    'M-PIAF-11',
    'says that a run is queued until it has ended',
    (W) =>
      class extends W {
        override stateOf(run: Run) {
          return FINAL_STATES.includes(run.state) ? run.state : 'QUEUED';
        }
      },
  ),
  wes('M-PIAF-92', 'says that a run is RUNNING again, once its end was asked for', (W) => {
    return class extends W {
      readonly told = new Set<string>();
      override stateOf(run: Run) {
        const isAgain = this.told.has(run.id);
        if (run.state === 'COMPLETE') this.told.add(run.id);
        return isAgain ? 'RUNNING' : super.stateOf(run);
      }
    };
  }),
  ogc(
    'M-PIAF-12',
    'has a progress of 100 as soon as it runs',
    (O) =>
      class extends O {
        override progressOf(run: Run) {
          return run.state === 'RUNNING' ? 100 : super.progressOf(run);
        }
      },
  ),
  service(
    'M-PIAF-13',
    'has no progress until the end',
    (S) =>
      class extends S {
        override advance() {}
      },
  ),
  ogc('M-PIAF-14', 'has a progress that goes back', (O) => {
    return class extends O {
      asked = 0;
      override progressOf(run: Run) {
        const progress = super.progressOf(run);
        return run.state === 'RUNNING' ? Math.max(0, progress - (this.asked++ % 2)) : progress;
      }
    };
  }),
  wes(
    'M-PIAF-15',
    'lists one task for all chunks',
    (W) =>
      class extends W {
        override tasks(run: Run) {
          const [first] = run.tasks.filter(({ name }) => name.startsWith('chunk'));
          return first === undefined ? [] : [this.taskLog(first)];
        }
      },
  ),
  wes(
    'M-PIAF-16',
    'says that tasks ended before they began',
    (W) =>
      class extends W {
        override taskLog(task: ReferenceTask) {
          const before = new Date(Date.parse(task.startedAt ?? '') - 1000);
          return task.startedAt === undefined || Number.isNaN(before.getTime())
            ? super.taskLog(task)
            : super.taskLog({ ...task, endedAt: before.toISOString() });
        }
      },
  ),
  service(
    'M-PIAF-19',
    'calls what the model refuses a fault of the system',
    (S) =>
      class extends S {
        override failedState(_error: DeepHealthError) {
          return 'SYSTEM_ERROR';
        }
      },
  ),
  service(
    'M-PIAF-20',
    'says of no run why it failed',
    (S) =>
      class extends S {
        override reasonOf() {
          return 'failed';
        }
      },
  ),
  service(
    'M-PIAF-21',
    'is done where the model refuses an item of a run',
    (S) =>
      class extends S {
        override item(run: Run, chain: ServedChain, path: string, signal: AbortSignal) {
          return super.item(run, { ...chain, records: true }, path, signal);
        }
      },
  ),
  service('M-PIAF-22', 'is done without what the runtime did not answer', (S) => {
    return class extends S {
      override readonly tries: number = 1;
      override async item(...args: Parameters<InstanceType<typeof S>['item']>): Promise<PartItem> {
        try {
          return await super.item(...args);
        } catch (thrown) {
          if (statusOf(thrown as DeepHealthError) !== 'UNAVAILABLE') throw thrown;
          const error = { code: 'DH_CONNECT_FAILED', message: 'The runtime was away.' };
          return { item: args[2], inputSha256: '0'.repeat(64), findings: [], regions: {}, error };
        }
      }
    };
  }),
  service(
    'M-PIAF-23',
    'calls it a fault of the model where the runtime is away',
    (S) =>
      class extends S {
        override readonly tries: number = 1;
        override failedState() {
          return 'EXECUTOR_ERROR';
        }
      },
  ),
  service(
    'M-PIAF-24',
    'says that a run is cancelled, and goes on with what it has begun',
    (S) =>
      class extends S {
        override cancel(tenant: string, id: string) {
          const run = this.get(tenant, id);
          if (!FINAL_STATES.includes(run.state)) this.finish(run, 'CANCELED');
          return run;
        }
      },
  ),
  service(
    'M-PIAF-25',
    'takes its time to cancel',
    (S) =>
      class extends S {
        override cancel(tenant: string, id: string) {
          const run = this.get(tenant, id);
          setTimeout(() => super.cancel(tenant, id), LATE_MS).unref();
          return run;
        }
      },
  ),
  service(
    'M-PIAF-27',
    'calls a run that was cancelled one that failed',
    (S) =>
      class extends S {
        override finish(run: Run, state: string) {
          super.finish(run, state === 'CANCELED' ? 'SYSTEM_ERROR' : state);
        }
      },
  ),
  service(
    'M-PIAF-28',
    'cancels runs that have ended',
    (S) =>
      class extends S {
        override cancel(tenant: string, id: string) {
          const run = super.cancel(tenant, id);
          if (run.state === 'COMPLETE') this.enter(run, 'CANCELED');
          return run;
        }
      },
  ),
  ogc(
    'M-PIAF-29',
    'says that a job is dismissed, and does nothing',
    (O) =>
      class extends O {
        override dismiss(tenant: string, id: string) {
          return { ...this.info(this.chains.get(tenant, id)), status: 'dismissed' };
        }
      },
  ),
  ogc(
    'M-PIAF-30',
    'answers with no results where there are none yet',
    (O) =>
      class extends O {
        override checkComplete(run: Run) {
          if (run.state !== 'RUNNING') super.checkComplete(run);
        }
      },
  ),
  ogc(
    'M-PIAF-31',
    'answers with no results where the job failed',
    (O) =>
      class extends O {
        override checkComplete(run: Run) {
          if (run.state !== 'EXECUTOR_ERROR') super.checkComplete(run);
        }
      },
  ),
  service('M-PIAF-32', 'shows outputs before they are whole', (S) => {
    return class extends S {
      override artefactsOf(run: Run) {
        return run.state === 'RUNNING' ? ['results.ndjson', 'SHA256SUMS'] : super.artefactsOf(run);
      }
    };
  }),
  service(
    'M-PIAF-36',
    'begins a run for every request, whatever its key',
    (S) =>
      class extends S {
        override sameKey(): undefined {}
      },
  ),
  service(
    'M-PIAF-37',
    'takes the keys of all tenants for those of one',
    (S) =>
      class extends S {
        override sameKey({ idempotencyKey }: RunWish) {
          if (idempotencyKey === undefined) return undefined;
          return [...this.runs.values()].find((run) => run.idempotencyKey === idempotencyKey);
        }
      },
  ),
  service(
    'M-PIAF-38',
    'gives the first run to another request with its key',
    (S) =>
      class extends S {
        override checkSame() {}
      },
  ),
  service(
    'M-PIAF-39',
    'forgets the key of a run that has ended',
    (S) =>
      class extends S {
        override sameKey(wish: RunWish) {
          const same = super.sameKey(wish);
          return same !== undefined && FINAL_STATES.includes(same.state) ? undefined : same;
        }
      },
  ),
  service(
    'M-PIAF-48',
    'looks at no checksums',
    (S) =>
      class extends S {
        override checkSum() {}
      },
  ),
  service(
    'M-PIAF-49',
    'calls a wrong checksum a fault of the model',
    (S) =>
      class extends S {
        override failedState(error: DeepHealthError) {
          return error.code === 'DH_CHAIN_INPUT_CHANGED' ? 'EXECUTOR_ERROR' : super.failedState(error);
        }
      },
  ),
  service('M-PIAF-50', 'looks at checksums when all is computed', (S) => {
    return class extends S {
      isEnding = false;
      override async stage(run: Run, chain: ServedChain) {
        const kept = [...run.checksums.keys()].map((index) => this.store.read(run.id, `inputs/${index}`));
        const staged = await super.stage(run, chain);
        kept.forEach((bytes, index) => {
          if (bytes) this.store.write(run.id, `kept/${index}`, bytes);
        });
        return staged;
      }
      override checkSum(...args: Parameters<InstanceType<typeof S>['checkSum']>) {
        if (this.isEnding) super.checkSum(...args);
      }
      override merge(run: Run, parts: readonly ReferencePart[], staged: readonly string[]) {
        this.isEnding = true;
        run.checksums.forEach((checksum, index) => {
          this.checkSum(this.store.read(run.id, `kept/${index}`) ?? Buffer.alloc(0), checksum);
        });
        this.isEnding = false;
        super.merge(run, parts, staged);
      }
    };
  }),
  service(
    'M-PIAF-58',
    'lets tenants have any number of runs',
    (S) =>
      class extends S {
        override checkQuota() {}
      },
  ),
  {
    id: 'M-PIAF-59',
    title: 'does not say when to come back',
    parts: ({ Wes, Ogc }) => ({
      Wes: class extends Wes {
        override async handle(request: Parameters<InstanceType<typeof Wes>['handle']>[0]) {
          const { headers: _, ...reply } = await super.handle(request);
          return reply;
        }
      },
      Ogc,
    }),
  },
  service(
    'M-PIAF-60',
    'holds every tenant back when one has enough',
    (S) =>
      class extends S {
        override checkQuota() {
          for (const { name } of this.settings.tenants) super.checkQuota(name);
        }
      },
  ),
  callbacks(
    'M-PIAF-61',
    'takes every callback that begins like a host that is listed',
    (C) =>
      class extends C {
        override isListed(url: string) {
          return this.hosts.some((host) => url.replace(/^https?:\/\//, '').startsWith(host.replace(/:\d+$/, '')));
        }
      },
  ),
  ogc(
    'M-PIAF-62',
    'looks at the callback for success alone, and drops the others',
    (O) =>
      class extends O {
        override callbacks({ successUri }: Readonly<Record<string, string>>) {
          return { ...(successUri !== undefined && { success: successUri }) };
        }
      },
  ),
  service(
    'M-PIAF-63',
    'calls nobody back at the end of a job',
    (S) =>
      class extends S {
        override finish(run: Run, state: string) {
          super.finish(state === 'COMPLETE' ? without(run, 'success') : run, state);
        }
      },
  ),
  service(
    'M-PIAF-64',
    'calls a failure back as a success',
    (S) =>
      class extends S {
        override finish(run: Run, state: string) {
          super.finish(run, state);
          this.callbacks.tell(state === 'COMPLETE' ? undefined : run.callbacks?.success, this.told(run));
        }
      },
  ),
  ogc(
    'M-PIAF-65',
    'tells nobody that a job is under way',
    (O) =>
      class extends O {
        override callbacks(subscriber: Readonly<Record<string, string>>) {
          const { inProgress: _, ...rest } = super.callbacks(subscriber);
          return rest;
        }
      },
  ),
];

/** The same run, whose changes are those of it, with one callback less. */
function without(run: Run, name: 'success' | 'failed'): Run {
  const { [name]: _, ...rest } = run.callbacks ?? {};
  return new Proxy(run, { get: (of, key) => (key === 'callbacks' ? rest : Reflect.get(of, key)) });
}
