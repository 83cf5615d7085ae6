import { randomUUID } from 'node:crypto';
import type { runtimeV1 } from '@deephealth/proto';
import type { Manifest } from '@deephealth/sdk';
import type { PartItem, ReferencePart } from '../../reference/piaf/reference-results.js';
import type { ReferenceRun } from '../../reference/piaf/reference-run.js';
import type { ServedChain } from '../../reference/piaf/served-chain.js';
import { cleaner, ogc, type PiafMutant, results, service, wes } from './piaf-mutant.js';

type Run = ReferenceRun;

/** What comes of items, and what the artefacts say of it. */
export const PIAF_RESULT_MUTANTS: readonly PiafMutant[] = [
  results(
    'M-PIAF-01',
    'gives the results of chunks in the order in which they end',
    (R) =>
      class extends R {
        override merge(run: Run, parts: readonly ReferencePart[]) {
          return super.merge(run, [...parts].reverse());
        }
      },
  ),
  service('M-PIAF-02', 'gives every item of a chunk the findings of the first', (S) => {
    return class extends S {
      override async chunk(...args: Parameters<InstanceType<typeof S>['chunk']>) {
        const part = await super.chunk(...args);
        const [first] = part.items;
        return {
          items: part.items.map((one) => ({ ...one, findings: first?.findings ?? [], regions: first?.regions ?? {} })),
        };
      }
    };
  }),
  results(
    'M-PIAF-03',
    'turns regions upside down',
    (R) =>
      class extends R {
        override line(run: Run, one: PartItem, files: Map<string, Buffer>) {
          const turned = Object.entries(one.regions).map(([name, base64]) => [
            name,
            Buffer.from(base64, 'base64').reverse().toString('base64'),
          ]);
          return super.line(run, { ...one, regions: Object.fromEntries(turned) }, files);
        }
      },
  ),
  ogc(
    'M-PIAF-04',
    'leaves out the last study of a job',
    (O) =>
      class extends O {
        override wish(...args: Parameters<InstanceType<typeof O>['wish']>) {
          const wish = super.wish(...args);
          return wish.inputs.length < 2 ? wish : { ...wish, inputs: wish.inputs.slice(0, -1) };
        }
      },
  ),
  results(
    'M-PIAF-17',
    'leaves out what the model refused',
    (R) =>
      class extends R {
        override merge(run: Run, parts: readonly ReferencePart[]) {
          return super.merge(
            run,
            parts.map(({ items }) => ({ items: items.filter(({ error }) => error === undefined) })),
          );
        }
      },
  ),
  service(
    'M-PIAF-18',
    'ends the run where it is to record what the model refuses',
    (S) =>
      class extends S {
        override item(run: Run, chain: ServedChain, path: string, signal: AbortSignal) {
          return super.item(run, { ...chain, records: false }, path, signal);
        }
      },
  ),
  results(
    'M-PIAF-74',
    'writes digests of what was there before the last change',
    (R) =>
      class extends R {
        override sums(files: ReadonlyMap<string, Buffer>) {
          const before = [...files].map(([path, bytes]): [string, Buffer] => [path, bytes.subarray(1)]);
          return super.sums(new Map(before));
        }
      },
  ),
  wes(
    'M-PIAF-75',
    'leads to no regions',
    (W) =>
      class extends W {
        override outputs(run: Run, url: URL) {
          const { artefacts = [] } = super.outputs(run, url) as { artefacts?: readonly { location: string }[] };
          return { artefacts: artefacts.filter(({ location }) => !location.includes('/files/')) };
        }
      },
  ),
  results(
    'M-PIAF-76',
    'writes into the results when they were made',
    (R) =>
      class extends R {
        override line(run: Run, one: PartItem, files: Map<string, Buffer>) {
          return { ...super.line(run, one, files), at: randomUUID() };
        }
      },
  ),
  results(
    'M-PIAF-77',
    'names in the results the face that a run came by',
    (R) =>
      class extends R {
        override line(run: Run, one: PartItem, files: Map<string, Buffer>) {
          const face = Object.keys(run.request).length === 0 ? 'ogc' : 'wes';
          return { ...super.line(run, one, files), face };
        }
      },
  ),
  service('M-PIAF-78', 'takes answers of any package, and calls them those of its own', (S) => anyPackage(S)),
  {
    id: 'M-PIAF-79',
    title: 'takes answers of any package, and names in each result whose it is',
    parts: ({ Service, Results }) => ({
      Service: anyPackage(Service),
      Results: class extends Results {
        override packageOf(run: Run, provenance: runtimeV1.Provenance | undefined) {
          return provenance?.packageSha256 ?? super.packageOf(run, provenance);
        }
      },
    }),
  },
  results(
    'M-PIAF-80',
    'names no inputs in the crate',
    (R) =>
      class extends R {
        override crate(run: Run, files: ReadonlyMap<string, Buffer>) {
          return super.crate(run, files, []);
        }
      },
  ),
  results(
    'M-PIAF-81',
    'names the model in the crate by its name alone',
    (R) =>
      class extends R {
        override crate(run: Run, files: ReadonlyMap<string, Buffer>, inputs: readonly string[]) {
          return super.crate({ ...run, packageSha256: '' }, files, inputs);
        }
      },
  ),
  service(
    'M-PIAF-82',
    'begins a run anew after a start',
    (S) =>
      class extends S {
        override resume() {
          for (const { id, tasks } of this.runs.values()) {
            this.store.remove(id, 'parts');
            tasks.splice(0);
          }
          super.resume();
        }
      },
  ),
  service(
    'M-PIAF-83',
    'leaves runs as they are after a start',
    (S) =>
      class extends S {
        override resume() {}
      },
  ),
  service(
    'M-PIAF-84',
    'forgets idempotency keys at a start',
    (S) =>
      class extends S {
        override resume() {
          for (const [id, { idempotencyKey: _, ...run }] of this.runs) this.runs.set(id, run);
          super.resume();
        }
      },
  ),
  service(
    'M-PIAF-85',
    'asks the runtime as if a patient were waiting',
    (S) =>
      class extends S {
        override request(...args: Parameters<InstanceType<typeof S>['request']>) {
          return { ...super.request(...args), priority: 'PRIORITY_ROUTINE' as const };
        }
      },
  ),
  service(
    'M-PIAF-86',
    'gives calls a day',
    (S) =>
      class extends S {
        override deadlineMs() {
          return 86_400_000;
        }
      },
  ),
  service(
    'M-PIAF-87',
    'does not say which package it expects',
    (S) =>
      class extends S {
        override request(...args: Parameters<InstanceType<typeof S>['request']>) {
          const { expectedPackageSha256: _, ...request } = super.request(...args);
          return request;
        }
      },
  ),
  cleaner(
    'M-PIAF-66',
    'leaves texts in pictures',
    (C) =>
      class extends C {
        override png(bytes: Buffer) {
          return bytes;
        }
      },
  ),
  cleaner(
    'M-PIAF-67',
    'leaves radiographs as they are',
    (C) =>
      class extends C {
        override dicom(bytes: Buffer, item: string) {
          this.checkBurnedIn(bytes, item);
          return bytes;
        }
      },
  ),
  cleaner(
    'M-PIAF-69',
    'leaves a column of a table that the model does not read',
    (C) =>
      class extends C {
        override table(bytes: Buffer, manifest: Manifest) {
          const { name } = JSON.parse(bytes.toString('utf8')) as { name?: string };
          const cleaned = JSON.parse(super.table(bytes, manifest).toString('utf8')) as object;
          return Buffer.from(JSON.stringify({ ...cleaned, ...(name !== undefined && { name }) }));
        }
      },
  ),
  service(
    'M-PIAF-68',
    'writes the beginnings of files into its log',
    (S) =>
      class extends S {
        override async stage(run: Run, chain: ServedChain) {
          this.say(this.store.read(run.id, 'inputs/0')?.toString('latin1') ?? '');
          return super.stage(run, chain);
        }
      },
  ),
  service(
    'M-PIAF-70',
    'writes names of files and tags into its log',
    (S) =>
      class extends S {
        override begin(run: Run) {
          this.say(JSON.stringify(run.request));
          super.begin(run);
        }
      },
  ),
  service(
    'M-PIAF-71',
    'says which files failed by their names',
    (S) =>
      class extends S {
        override enter(run: Run, state: string) {
          const { failure } = run;
          const names = JSON.stringify(run.request.workflow_params ?? '');
          if (failure !== undefined) run.failure = { ...failure, message: `${failure.message} ${names}` };
          super.enter(run, state);
        }
      },
  ),
  cleaner(
    'M-PIAF-72',
    'computes what has annotation burned in',
    (C) =>
      class extends C {
        override checkBurnedIn() {}
      },
  ),
];

function anyPackage(Service: Parameters<Parameters<typeof service>[2]>[0]) {
  return class extends Service {
    override request(...args: Parameters<InstanceType<typeof Service>['request']>) {
      const { expectedPackageSha256: _, ...request } = super.request(...args);
      return request;
    }
    override checkAnswer() {}
  };
}
