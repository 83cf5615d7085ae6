import { setTimeout as delay } from 'node:timers/promises';
import type { CdsRefusal } from '../reference/cds/cds-refusal.js';
import type { Card } from '../reference/cds/reference-cards.js';
import type { CdsParts } from '../reference/cds/serve-cds.js';
import type { JsonRequest } from '../simulators/http-json.js';
import type { CdsClasses } from './mutants/cds-mutant.js';

/** A service that does rightly what CDS Hooks leaves open; it must not fail a case. */
export interface CdsVariant {
  readonly id: string;
  readonly title: string;
  readonly parts: (classes: CdsClasses) => CdsParts;
}

const DAY_MS = 86_400_000;

export const CDS_VARIANTS: readonly CdsVariant[] = [
  {
    id: 'B-C1',
    title: 'says more than it must, in other words, a little later, and asks the FHIR server by other headers',
    parts: ({ Service, Cards }) => ({
      Service: class extends Service {
        override describe(one: Parameters<InstanceType<typeof Service>['describe']>[0]) {
          return { ...super.describe(one), version: '2.0.1', usageRequirements: 'Calls of 5 MiB at most.' };
        }
        override async invoke(name: string, request: JsonRequest) {
          await delay(20);
          return super.invoke(name, request);
        }
        override refused(refusal: CdsRefusal) {
          const answer = super.refused(refusal);
          return { ...answer, headers: { ...answer.headers, 'x-request-id': 'one', 'cache-control': 'no-store' } };
        }
        override fhirHeaders(token: string) {
          return { ...super.fhirHeaders(token), accept: 'application/json', 'x-request-id': 'two' };
        }
      },
      Cards: class extends Cards {
        override finished(card: Card) {
          const { extension } = super.finished(card);
          const more = { 'org.example.more': { isMore: true } };
          return { ...card, extension: { ...(extension as object), ...more } };
        }
        override summary(...args: Parameters<InstanceType<typeof Cards>['summary']>) {
          return `In other words: ${super.summary(...args)}`;
        }
      },
    }),
  },
  {
    id: 'B-C2',
    title: 'refuses with other statuses, gives ages in parts of years, and has an icon and a link in its details',
    parts: ({ Service, Features, Cards }) => ({
      Service: class extends Service {
        override refused(refusal: CdsRefusal) {
          const { status, ...answer } = super.refused(refusal);
          return { ...answer, status: { 415: 400, 405: 404 }[status] ?? status };
        }
      },
      Features: class extends Features {
        override age(born: Date, now: Date) {
          return (now.getTime() - born.getTime()) / DAY_MS / 365.25;
        }
      },
      Cards: class extends Cards {
        override source(...args: Parameters<InstanceType<typeof Cards>['source']>) {
          return { ...super.source(...args), icon: 'https://nobody.example/icon.png' };
        }
        override detail(...args: Parameters<InstanceType<typeof Cards>['detail']>) {
          return `${super.detail(...args)}\n\nSee <https://nobody.example/more> at once.`;
        }
      },
    }),
  },
];
