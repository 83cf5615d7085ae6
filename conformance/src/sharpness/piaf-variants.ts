import { setTimeout as delay } from 'node:timers/promises';
import { pngFile } from '@deephealth/sdk/testing';
import { PICTURE } from '../chain/chain-studies.js';
import type { HttpReply, HttpRequest } from '../reference/piaf/chain-http.js';
import type { PartItem } from '../reference/piaf/reference-results.js';
import type { ReferenceRun } from '../reference/piaf/reference-run.js';
import type { PiafMutant } from './mutants/piaf-mutant.js';

const LATER_MS = 20;

/** What a service of chains may do otherwise than the reference. None of them may fail a case. */
export const PIAF_VARIANTS: readonly PiafMutant[] = [
  {
    id: 'B-P1',
    title: 'answers a little later, says more than it must, and names addresses without its host',
    parts: ({ Wes, Ogc }) => ({
      Wes: class extends Wes {
        override async handle(request: HttpRequest) {
          await delay(LATER_MS);
          return saidMore(await super.handle(request));
        }
        override outputs(run: ReferenceRun, url: URL) {
          const { artefacts } = super.outputs(run, url) as { artefacts?: readonly { location: string }[] };
          if (artefacts === undefined) return {};
          const listing = artefacts.map((one) => ({ ...one, location: new URL(one.location).pathname }));
          return { folder: { class: 'Directory', basename: 'result', listing } };
        }
      },
      Ogc: class extends Ogc {
        override async handle(request: HttpRequest) {
          await delay(LATER_MS);
          return saidMore(await super.handle(request));
        }
        override info(run: ReferenceRun) {
          const { jobID: _, ...rest } = super.info(run);
          return rest;
        }
      },
    }),
  },
  {
    id: 'B-P2',
    title: 'computes the items of a chunk at once, lists no stages, and is soon gone where a job was dismissed',
    parts: ({ Service, Wes, Ogc }) => ({
      Service: class extends Service {
        override async chunk(...[run, chain, name, staged, signal]: Parameters<InstanceType<typeof Service>['chunk']>) {
          const known = this.store.read(run.id, `parts/${name}.json`);
          if (known !== undefined) return JSON.parse(known.toString('utf8'));
          const items = await Promise.all(staged.map((path) => this.item(run, chain, path, signal)));
          this.store.write(run.id, `parts/${name}.json`, Buffer.from(JSON.stringify({ items })));
          return { items };
        }
      },
      Wes: class extends Wes {
        override tasks(run: ReferenceRun) {
          return run.tasks.filter(({ name }) => name.startsWith('chunk')).map((task) => this.taskLog(task));
        }
      },
      Ogc: class extends Ogc {
        override statusOf(run: ReferenceRun) {
          return run.state === 'CANCELED' ? 'dismissed' : super.statusOf(run);
        }
      },
    }),
  },
  {
    id: 'B-P3',
    title: 'keeps regions as pictures, and gives up on a runtime that is away',
    parts: ({ Results, Service }) => ({
      Service: class extends Service {
        override readonly tries: number = 1;
      },
      Results: class extends Results {
        override line(run: ReferenceRun, one: PartItem, files: Map<string, Buffer>) {
          const drawn = Object.entries(one.regions).map(([name, base64]) => {
            const bytes = [...Buffer.from(base64, 'base64')];
            return [name, pngFile({ ...PICTURE, depth: 8, colour: 'gray', bytes }).toString('base64')];
          });
          return super.line(run, { ...one, regions: Object.fromEntries(drawn) }, files);
        }
      },
    }),
  },
];

function saidMore(reply: HttpReply): HttpReply {
  const { body } = reply;
  return body === undefined || Buffer.isBuffer(body) ? reply : { ...reply, body: { ...body, more: { said: true } } };
}
