import { writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { DeepHealthError } from '@deephealth/sdk';
import type { ReferenceRun, RunWish } from '../../reference/piaf/reference-run.js';
import type { ChainParameter, ServedChain } from '../../reference/piaf/served-chain.js';
import { ogc, type PiafMutant, service, wes } from './piaf-mutant.js';

/** What the faces say, what they refuse, and to whom they answer. */
export const PIAF_FACE_MUTANTS: readonly PiafMutant[] = [
  wes(
    'M-PIAF-05',
    'says that it speaks an older WES',
    (W) =>
      class extends W {
        override supported() {
          return { ...super.supported(), supported_wes_versions: ['1.0.0'] };
        }
      },
  ),
  wes(
    'M-PIAF-06',
    'counts no runs',
    (W) =>
      class extends W {
        override stateCounts() {
          return { COMPLETE: 0 };
        }
      },
  ),
  wes(
    'M-PIAF-07',
    'says that it runs what it refuses',
    (W) =>
      class extends W {
        override supported() {
          const { workflow_type_versions: own, ...rest } = super.supported() as { workflow_type_versions: object };
          return { ...rest, workflow_type_versions: { ...own, WDL: { workflow_type_version: ['1.1'] } } };
        }
      },
  ),
  ogc(
    'M-PIAF-08',
    'describes no parameters',
    (O) =>
      class extends O {
        override process(chain: ServedChain) {
          return super.process({ ...chain, parameters: [] });
        }
      },
  ),
  ogc(
    'M-PIAF-09',
    'does not say what it conforms to',
    (O) =>
      class extends O {
        override conformsTo() {
          return [];
        }
      },
  ),
  ogc(
    'M-PIAF-91',
    'answers an execution as if it were done',
    (O) =>
      class extends O {
        override async answer(request: Parameters<InstanceType<typeof O>['answer']>[0]) {
          const reply = await super.answer(request);
          return reply.status === 201 ? { ...reply, status: 200 } : reply;
        }
      },
  ),
  wes(
    'M-PIAF-33',
    'loses a run between two pages',
    (W) =>
      class extends W {
        override tokenAfter(shown: readonly ReferenceRun[]) {
          return `before-${(shown.at(-1)?.sequence ?? 1) - 1}`;
        }
      },
  ),
  wes('M-PIAF-34', 'counts pages from the newest run', (W) => {
    return class extends W {
      override list(tenant: string, query: URLSearchParams) {
        const size = Number(query.get('page_size') ?? 50);
        const from = Number(query.get('page_token') ?? 0);
        const all = this.chains.list(tenant, Number.POSITIVE_INFINITY);
        const runs = all.slice(from, from + size).map((run) => this.summary(run));
        return { runs, next_page_token: from + size < all.length ? String(from + size) : '' };
      }
    };
  }),
  wes(
    'M-PIAF-35',
    'gives the first page for a token that is none',
    (W) =>
      class extends W {
        override before(token: string | null) {
          try {
            return super.before(token);
          } catch {
            return Number.POSITIVE_INFINITY;
          }
        }
      },
  ),
  wes(
    'M-PIAF-93',
    'gives a page of a size of its own for one that is none',
    (W) =>
      class extends W {
        override list(tenant: string, query: URLSearchParams) {
          const size = Number(query.get('page_size') ?? 50);
          return super.list(
            tenant,
            new URLSearchParams({ ...Object.fromEntries(query), page_size: String(size >= 1 ? size : 50) }),
          );
        }
      },
  ),
  wes(
    'M-PIAF-40',
    'runs workflows of any type',
    (W) =>
      class extends W {
        override checkType() {}
      },
  ),
  service(
    'M-PIAF-41',
    'runs another version where the one that is asked for is not there',
    (S) =>
      class extends S {
        override chainOf(id: string) {
          const [model, , label] = id.split('/');
          return super.chainOf(this.chains.find((one) => one.id === `${model}/1/${label}`)?.id ?? id);
        }
      },
  ),
  {
    id: 'M-PIAF-42',
    title: 'is done at once with a run of nothing',
    parts: ({ Wes, Service }) => ({
      Wes: class extends Wes {
        override inputs(studies: unknown, attachments: Parameters<InstanceType<typeof Wes>['inputs']>[1]) {
          return Array.isArray(studies) && studies.length > 0 ? super.inputs(studies, attachments) : [];
        }
      },
      Service: class extends Service {
        override submit(wish: RunWish) {
          return super.submit(wish.inputs.length > 0 ? wish : { ...wish, inputs: [{ bytes: Buffer.from('{}') }] });
        }
      },
    }),
  },
  wes(
    'M-PIAF-43',
    'takes what is attached where a study is not',
    (W) =>
      class extends W {
        override inputs(studies: unknown, attachments: Parameters<InstanceType<typeof W>['inputs']>[1]) {
          const names = attachments.map(({ name }) => ({ location: name }));
          return super.inputs(Array.isArray(studies) && studies.length > 0 ? names : studies, attachments);
        }
      },
  ),
  wes(
    'M-PIAF-73',
    'sees from its name what a file is',
    (W) =>
      class extends W {
        override checkName(name: string) {
          super.checkName(name);
          if (!/\.(?:json|png|dcm|edf)$/.test(name))
            throw new DeepHealthError('DH_CHAIN_REQUEST_INVALID', 'No such file.');
        }
      },
  ),
  service(
    'M-PIAF-44',
    'overlooks parameters that the chain has not',
    (S) =>
      class extends S {
        override checkParameters(chain: ServedChain, given: Readonly<Record<string, unknown>>) {
          const known = Object.entries(given).filter(([name]) => chain.parameters.some((one) => one.name === name));
          return super.checkParameters(chain, Object.fromEntries(known));
        }
      },
  ),
  service(
    'M-PIAF-45',
    'takes the nearest limit for a parameter outside of them',
    (S) =>
      class extends S {
        override checkValue(parameter: ChainParameter, value: unknown) {
          const { minimum = 0, maximum = 0 } = parameter;
          return super.checkValue(
            parameter,
            typeof value === 'number' ? Math.min(maximum, Math.max(minimum, value)) : value,
          );
        }
      },
  ),
  service(
    'M-PIAF-94',
    'takes text and fractions for whole numbers',
    (S) =>
      class extends S {
        override checkValue(parameter: ChainParameter, value: unknown) {
          return super.checkValue(parameter, Math.floor(Number(value)));
        }
      },
  ),
  wes('M-PIAF-46', 'takes the last part of a name that leaves the folder', (W) => {
    return class extends W {
      override checkName(name: string) {
        super.checkName(basename(name.replaceAll('\\', '/')).replaceAll('..', 'file'));
      }
    };
  }),
  wes(
    'M-PIAF-47',
    'writes an attachment before it looks at its name',
    (W) =>
      class extends W {
        override checkName(name: string) {
          if (/^\.\.\/[\w.-]+$/.test(name)) writeFileSync(join(this.chains.settings.stateFolder, name), 'planted');
          super.checkName(name);
        }
      },
  ),
  {
    id: 'M-PIAF-88',
    title: 'says over WES in words of its own what is wrong',
    parts: ({ Wes }) => ({
      Wes: class extends Wes {
        override failure({ message }: DeepHealthError) {
          return { error: message };
        }
      },
    }),
  },
  ogc(
    'M-PIAF-89',
    'calls every exception of OGC by no type',
    (O) =>
      class extends O {
        override failure(error: DeepHealthError, status: number) {
          return { ...super.failure(error, status), type: 'about:blank' };
        }
      },
  ),
  service(
    'M-PIAF-51',
    'gives runs to any tenant',
    (S) =>
      class extends S {
        override get(tenant: string, id: string) {
          return super.get(this.runs.get(id)?.tenant ?? tenant, id);
        }
      },
  ),
  service(
    'M-PIAF-52',
    'says that a run is of somebody else',
    (S) =>
      class extends S {
        override get(tenant: string, id: string) {
          const run = this.runs.get(id);
          if (run === undefined || run.tenant === tenant) return super.get(tenant, id);
          throw new DeepHealthError('DH_RUN_NOT_FOUND', 'There is no such run of yours.');
        }
      },
  ),
  service(
    'M-PIAF-53',
    'cancels runs for any tenant',
    (S) =>
      class extends S {
        override cancel(tenant: string, id: string) {
          return super.cancel(this.runs.get(id)?.tenant ?? tenant, id);
        }
      },
  ),
  service(
    'M-PIAF-54',
    'gives artefacts to any tenant',
    (S) =>
      class extends S {
        override artefact(tenant: string, id: string, path: string) {
          return super.artefact(this.runs.get(id)?.tenant ?? tenant, id, path);
        }
      },
  ),
  wes(
    'M-PIAF-95',
    'gives artefacts to who knows their address',
    (W) =>
      class extends W {
        override async answer(request: Parameters<InstanceType<typeof W>['answer']>[0]) {
          const [, id = '', path = ''] = /\/runs\/(\w+)\/artefacts\/(.+)$/.exec(request.url.pathname) ?? [];
          if (path === '') return super.answer(request);
          return { status: 200, body: this.chains.artefact(this.chains.runs.get(id)?.tenant ?? '', id, path) };
        }
      },
  ),
  service(
    'M-PIAF-55',
    'lists the runs of all tenants',
    (S) =>
      class extends S {
        override list(_tenant: string, count: number, before = Number.POSITIVE_INFINITY) {
          return [...this.runs.values()]
            .filter(({ sequence }) => sequence < before)
            .reverse()
            .slice(0, count);
        }
      },
  ),
  service(
    'M-PIAF-56',
    'takes who shows no key for the first tenant',
    (S) =>
      class extends S {
        override tenantOf(authorization = '') {
          const [first] = this.settings.tenants;
          return authorization === '' && first !== undefined ? first : super.tenantOf(authorization);
        }
      },
  ),
  service(
    'M-PIAF-57',
    'takes any key for that of the first tenant',
    (S) =>
      class extends S {
        override tenantOf(authorization = '') {
          try {
            return super.tenantOf(authorization);
          } catch (thrown) {
            const [first] = this.settings.tenants;
            if (authorization === '' || first === undefined) throw thrown;
            return first;
          }
        }
      },
  ),
];
