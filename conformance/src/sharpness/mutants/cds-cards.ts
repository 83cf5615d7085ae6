import type { runtimeV1 } from '@deephealth/proto';
import type { CdsRule } from '../../cds/cds-binding.js';
import type { LooseJson } from '../../cds/loose-json.js';
import type { Answer, Call } from '../../reference/cds/cds-reference.js';
import { CdsRefusal } from '../../reference/cds/cds-refusal.js';
import {
  type Card,
  type CardContext,
  FINDING,
  PROVENANCE,
  type ReferenceCards,
} from '../../reference/cds/reference-cards.js';
import type { Feature } from '../../reference/cds/reference-features.js';
import type { JsonRequest } from '../../simulators/http-json.js';
import { type CdsMutant, cards, service } from './cds-mutant.js';

type Response = runtimeV1.PredictResponse__Output;

/** Every card, changed. */
const makes = (id: string, title: string, change: (card: LooseJson) => Card): CdsMutant =>
  cards(
    id,
    title,
    (C) =>
      class extends C {
        override finished(card: Card) {
          return change(super.finished(card));
        }
      },
  );

const source = (change: (source: LooseJson) => object) => (card: LooseJson) => ({
  ...card,
  source: change(card.source),
});
const each = (name: string, change: (one: LooseJson) => object) => (card: LooseJson) => ({
  ...card,
  ...(card[name] !== undefined && { [name]: card[name].map(change) }),
});
const actions = (change: (action: LooseJson) => object) =>
  each('suggestions', (one) => ({ ...one, actions: one.actions.map(change) }));
const extension = (change: (extension: LooseJson) => object) => (card: LooseJson) => ({
  ...card,
  ...(card.extension !== undefined && { extension: change(card.extension) }),
});

export const CDS_CARD_MUTANTS: readonly CdsMutant[] = [
  makes('M-CDS-60', 'writes null for what it does not have', (card) => ({
    ...card,
    source: { ...card.source, icon: null },
  })),
  makes('M-CDS-61', 'sums up in a paragraph', (card) => ({ ...card, summary: card.summary.padEnd(140, '.') })),
  makes('M-CDS-62', 'has an indicator of an older draft', (card) => ({ ...card, indicator: 'hard-stop' })),
  makes(
    'M-CDS-63',
    'does not say whose card it is',
    source(({ label: _, ...rest }) => rest),
  ),
  makes(
    'M-CDS-64',
    'links to a path',
    source((one) => ({ ...one, url: new URL(one.url).pathname })),
  ),
  makes(
    'M-CDS-65',
    'has a topic without its system',
    source((one) => ({ ...one, topic: { code: one.topic.code } })),
  ),
  cards(
    'M-CDS-66',
    'lets markup of others through',
    (C) =>
      class extends C {
        override cell(text: string) {
          return text;
        }
      },
  ),
  makes('M-CDS-67', 'gives cards no uuid', ({ uuid: _, ...card }) => card),
  makes('M-CDS-68', 'gives all cards one uuid', (card) => ({ ...card, uuid: '00000000-0000-4000-8000-000000000000' })),
  makes('M-CDS-69', 'does not say how many suggestions may be chosen', ({ selectionBehavior: _, ...card }) => card),
  makes(
    'M-CDS-70',
    'has suggestions without labels',
    each('suggestions', ({ label: _, ...rest }) => rest),
  ),
  makes(
    'M-CDS-71',
    'adds instead of creating',
    actions((one) => ({ ...one, type: 'add' })),
  ),
  makes(
    'M-CDS-72',
    'does not describe its actions',
    actions(({ description: _, ...rest }) => rest),
  ),
  cards(
    'M-CDS-73',
    'leaves tokens in resources',
    (C) =>
      class extends C {
        override filled(resource: Readonly<Record<string, unknown>>) {
          return resource;
        }
      },
  ),
  cards(
    'M-CDS-74',
    'keeps warnings to itself',
    (C) =>
      class extends C {
        override cards(response: Response, context: CardContext) {
          return super.cards({ ...response, warnings: [] }, context);
        }
      },
  ),
  makes(
    'M-CDS-75',
    'has override reasons without words',
    each('overrideReasons', ({ display: _, ...rest }) => rest),
  ),
  makes(
    'M-CDS-76',
    'has links without a type',
    each('links', ({ type: _, ...rest }) => rest),
  ),
  makes(
    'M-CDS-77',
    'gives every link a context',
    each('links', (one) => ({ ...one, appContext: 'card' })),
  ),
  makes(
    'M-CDS-78',
    'writes extensions as text',
    extension((one) => ({ ...one, 'eu.deephealth.note': 'Made by a model.' })),
  ),
  makes(
    'M-CDS-80',
    'gives extensions short names',
    extension((one) => ({ ...one, finding: one[FINDING] })),
  ),
  service(
    'M-CDS-81',
    'answers 204 where it has nothing to say',
    (S) =>
      class extends S {
        override async invoke(name: string, request: JsonRequest): Promise<Answer> {
          const answer = await super.invoke(name, request);
          return (answer.body as LooseJson).cards.length === 0 ? { status: 204 } : answer;
        }
      },
  ),
  service(
    'M-CDS-82',
    'has the client do things by itself',
    (S) =>
      class extends S {
        override async invoke(name: string, request: JsonRequest): Promise<Answer> {
          const { body, ...answer } = await super.invoke(name, request);
          const systemActions = [{ type: 'create', resource: { resourceType: 'Flag', status: 'active' } }];
          return { ...answer, body: { ...(body as object), systemActions } };
        }
      },
  ),
  cards(
    'M-CDS-83',
    'takes a threshold for one that must be passed',
    (C) =>
      class extends C {
        override holds(rule: CdsRule, value: number) {
          return super.holds(rule, value) && value !== rule.atLeast;
        }
      },
  ),
  cards(
    'M-CDS-84',
    'is alarmed by everything',
    (C) =>
      class extends C {
        override indicator() {
          return 'critical';
        }
      },
  ),
  cards(
    'M-CDS-85',
    'rounds the number for programs',
    (C) =>
      class extends C {
        override shown(probability: number) {
          return Math.round(probability * 100) / 100;
        }
      },
  ),
  makes(
    'M-CDS-86',
    'does not say which model a card is of',
    extension(({ [PROVENANCE]: _, ...rest }) => rest),
  ),
  cards(
    'M-CDS-87',
    'does not show what the score rests on',
    (C) =>
      class extends C {
        override detail(...[rule]: Parameters<ReferenceCards['detail']>) {
          return rule.detail?.en ?? '';
        }
      },
  ),
  service(
    'M-CDS-88',
    'links to a page that is not there',
    (S) =>
      class extends S {
        override modelCard(): Answer {
          return { status: 404 };
        }
      },
  ),
  service(
    'M-CDS-89',
    'shows what is to be recorded only',
    (S) =>
      class extends S {
        override shadowed(all: readonly Card[]) {
          return all;
        }
      },
  ),
  service(
    'M-CDS-90',
    'does not ask where nothing is shown',
    (S) =>
      class extends S {
        override async cardsFor(call: Call) {
          return call.service.isShadow ? [] : super.cardsFor(call);
        }
      },
  ),
  service(
    'M-CDS-91',
    'has nothing to say where the runtime fails',
    (S) =>
      class extends S {
        override async cardsFor(call: Call) {
          try {
            return await super.cardsFor(call);
          } catch (thrown) {
            if (thrown instanceof CdsRefusal && thrown.status === 503) return [];
            throw thrown;
          }
        }
      },
  ),
  service(
    'M-CDS-92',
    'waits for the runtime as long as it takes',
    (S) =>
      class extends S {
        override ask(call: Call, features: readonly Feature[]) {
          return super.ask({ ...call, signal: AbortSignal.timeout(10_000) }, features);
        }
        override deadlineMs() {
          return 10_000;
        }
      },
  ),
  cards(
    'M-CDS-93',
    'takes what is no number for certainty',
    (C) =>
      class extends C {
        override isNumber() {
          return true;
        }
        override holds(rule: CdsRule, value: number) {
          return super.holds(rule, Number.isNaN(value) ? 1 : value);
        }
        override shown(probability: number) {
          return Number.isNaN(probability) ? 1 : probability;
        }
      },
  ),
  cards(
    'M-CDS-94',
    'takes a finding that is not there for nothing to say',
    (C) =>
      class extends C {
        override cards(response: Response, context: CardContext) {
          return response.findings.length === 0 ? [] : super.cards(response, context);
        }
      },
  ),
  cards(
    'M-CDS-95',
    'shows the number of a model that abstained',
    (C) =>
      class extends C {
        override cards(response: Response, context: CardContext) {
          const findings = response.findings.map((one) => ({
            ...one,
            classification: one.classification && { ...one.classification, abstained: false },
          }));
          return super.cards({ ...response, findings } as Response, context);
        }
      },
  ),
  service(
    'M-CDS-96',
    'refuses in plain text',
    (S) =>
      class extends S {
        override refused(refusal: CdsRefusal): Answer {
          const { body: _, ...answer } = super.refused(refusal);
          return { ...answer, text: `${refusal.message} ${refusal.reason}`, headers: { 'content-type': 'text/plain' } };
        }
      },
  ),
  service(
    'M-CDS-97',
    'says whom a refusal is about, and with which value',
    (S) =>
      class extends S {
        override async cardsFor(call: Call) {
          try {
            return await super.cardsFor(call);
          } catch (thrown) {
            if (!(thrown instanceof CdsRefusal)) throw thrown;
            const data = JSON.stringify(call.prefetch);
            throw new CdsRefusal(thrown.status, thrown.reason, `${thrown.message} ${call.patientId} ${data}`);
          }
        }
      },
  ),
  service(
    'M-CDS-98',
    'says where its runtime is',
    (S) =>
      class extends S {
        override async ask(...args: Parameters<InstanceType<typeof S>['ask']>) {
          try {
            return await super.ask(...args);
          } catch (thrown) {
            throw new CdsRefusal(503, 'INTERNAL', `${(thrown as Error).message} at ${this.settings.runtime}`);
          }
        }
      },
  ),
  service(
    'M-CDS-99',
    'takes every call',
    (S) =>
      class extends S {
        override within<T>(work: () => Promise<T>) {
          return work();
        }
      },
  ),
];
