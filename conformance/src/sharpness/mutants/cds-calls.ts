import { setTimeout as delay } from 'node:timers/promises';
import type { CdsService } from '../../cds/cds-binding.js';
import { CDS_VIEW } from '../../cds/cds-models.js';
import type { LooseJson } from '../../cds/loose-json.js';
import type { Resource } from '../../cds/suite-patient.js';
import type { Answer, Call, CdsReference } from '../../reference/cds/cds-reference.js';
import { CdsRefusal, dataMissing, invalid } from '../../reference/cds/cds-refusal.js';
import type { Card } from '../../reference/cds/reference-cards.js';
import type { JsonRequest } from '../../simulators/http-json.js';
import { type CdsMutant, service } from './cds-mutant.js';

type Described = ReturnType<CdsReference['describe']>;

/** What is said of each service, changed. */
const describes = (id: string, title: string, change: (described: Described) => Described): CdsMutant =>
  service(
    id,
    title,
    (S) =>
      class extends S {
        override describe(one: CdsService) {
          return change(super.describe(one));
        }
      },
  );

const templates = (change: (query: string) => unknown) => (described: Described) => ({
  ...described,
  prefetch: Object.fromEntries(
    Object.entries(described.prefetch as Record<string, string>).map(([key, query]) => [key, change(query)]),
  ),
});

/** Answers of calls, changed before they are sent. */
const answers = (id: string, title: string, change: (answer: Answer, request: JsonRequest) => Answer): CdsMutant =>
  service(
    id,
    title,
    (S) =>
      class extends S {
        override async invoke(name: string, request: JsonRequest) {
          return change(await super.invoke(name, request), request);
        }
      },
  );

/** Bodies of calls, changed before they are looked at. */
const mends = (id: string, title: string, mend: (body: LooseJson, one: CdsService) => LooseJson): CdsMutant =>
  service(
    id,
    title,
    (S) =>
      class extends S {
        override read(...[one, body, signal]: Parameters<CdsReference['read']>) {
          return super.read(one, mend(body, one), signal);
        }
      },
  );

export const CDS_CALL_MUTANTS: readonly CdsMutant[] = [
  service(
    'M-CDS-01',
    'has its discovery somewhere else',
    (S) =>
      class extends S {
        override async route(request: JsonRequest) {
          if (request.path === '/cds-services') throw this.notFound();
          return super.route(request);
        }
      },
  ),
  service(
    'M-CDS-02',
    'lists the first of its services only',
    (S) =>
      class extends S {
        override discovery(): Answer {
          return {
            status: 200,
            body: { services: this.settings.services.slice(0, 1).map((one) => this.describe(one)) },
          };
        }
      },
  ),
  describes('M-CDS-03', 'describes no service', ({ description: _, ...rest }) => rest),
  describes('M-CDS-04', 'has no titles', ({ title: _, ...rest }) => rest),
  describes(
    'M-CDS-05',
    'lists templates as objects',
    templates((query) => ({ query })),
  ),
  describes(
    'M-CDS-06',
    'writes tokens in single braces',
    templates((query) => query.replaceAll('{{', '{').replaceAll('}}', '}')),
  ),
  describes(
    'M-CDS-07',
    'asks for what few clients can do',
    templates((query) => (query.includes('?') ? `${query}&_include=Observation:subject` : query)),
  ),
  describes('M-CDS-08', 'leaves what it does not require empty', (described) => ({
    ...described,
    usageRequirements: '',
  })),
  service(
    'M-CDS-09',
    'lists services that do not answer',
    (S) =>
      class extends S {
        override async invoke(name: string, request: JsonRequest) {
          if (name !== CDS_VIEW) throw this.notFound();
          return super.invoke(name, request);
        }
      },
  ),
  answers('M-CDS-10', 'calls its JSON text', (answer) => ({ ...answer, headers: { 'content-type': 'text/plain' } })),
  answers('M-CDS-11', 'answers with 201', (answer) => ({ ...answer, status: 201 })),
  service(
    'M-CDS-12',
    'takes whatever is sent for JSON',
    (S) =>
      class extends S {
        override checkBody() {
          // Nothing is checked.
        }
      },
  ),
  service(
    'M-CDS-13',
    'answers for services that it does not have',
    (S) =>
      class extends S {
        override route(request: JsonRequest) {
          return super.route({ ...request, path: request.path.replace('conformance-nobody', CDS_VIEW) });
        }
        override authenticate(request: JsonRequest) {
          return super
            .authenticate({ ...request, path: request.path.replace(CDS_VIEW, 'conformance-nobody') })
            .catch(() => super.authenticate(request));
        }
      },
  ),
  service(
    'M-CDS-14',
    'fails at a body that is none',
    (S) =>
      class extends S {
        override parse(body: string) {
          return JSON.parse(body);
        }
      },
  ),
  service(
    'M-CDS-15',
    'does not look at the hook',
    (S) =>
      class extends S {
        override checkHook() {
          // Every hook is as good.
        }
      },
  ),
  mends('M-CDS-16', 'makes up what a call leaves out', (body, one) => ({
    ...body,
    hook: one.hook,
    hookInstance: 'none',
    context: {
      ...(typeof body.context === 'object' && body.context),
      userId: 'Practitioner/none',
      patientId: (body.prefetch.patient as LooseJson)?.id ?? body.context?.patientId,
    },
    prefetch: typeof body.prefetch === 'object' ? body.prefetch : {},
  })),
  service(
    'M-CDS-17',
    'does not look at the context',
    (S) =>
      class extends S {
        override checkContext() {
          // Whatever it holds.
        }
        override checkPatient() {
          // Whoever it is.
        }
        override read(...args: Parameters<CdsReference['read']>) {
          const [one, body, signal] = args;
          const { context, hook = one.hook, hookInstance = '', prefetch } = body;
          const known = typeof context === 'object' ? context : { patientId: '' };
          const kept = { ...body, context: known, hook, hookInstance: String(hookInstance) };
          return super.read(one, { ...kept, prefetch: typeof prefetch === 'object' ? prefetch : {} }, signal);
        }
      },
  ),
  mends('M-CDS-18', 'takes a reference for an id', (body) => ({
    ...body,
    context: { ...body.context, patientId: body.prefetch.patient?.id ?? body.context.patientId },
  })),
  service(
    'M-CDS-19',
    'takes an authorization for no server',
    (S) =>
      class extends S {
        override checkAuthorization() {
          // It is not used, then.
        }
      },
  ),
  service(
    'M-CDS-20',
    'takes its time',
    (S) =>
      class extends S {
        override async invoke(name: string, request: JsonRequest) {
          await delay(600);
          return super.invoke(name, request);
        }
      },
  ),
  mends('M-CDS-21', 'refuses extensions that it does not know', (body) => {
    if (body.extension !== undefined) throw invalid('An extension is not known.');
    return body;
  }),
  service(
    'M-CDS-22',
    'remembers cards by the hookInstance',
    (S) =>
      class extends S {
        readonly known = new Map<string, readonly Card[]>();
        override async cardsFor(call: Call) {
          const found = this.known.get(call.hookInstance) ?? (await super.cardsFor(call));
          this.known.set(call.hookInstance, found);
          return found;
        }
      },
  ),
  service(
    'M-CDS-23',
    'keeps the data of a call where the next one puts its own',
    (S) =>
      class extends S {
        current: Call | undefined;
        override async cardsFor(call: Call) {
          this.current = call;
          await delay(20);
          return super.cardsFor(this.current);
        }
      },
  ),
  service(
    'M-CDS-24',
    'takes bodies of any size',
    (S) =>
      class extends S {
        override checkBody(request: JsonRequest) {
          super.checkBody({ ...request, body: '' });
        }
      },
  ),
  service(
    'M-CDS-25',
    'answers every method',
    (S) =>
      class extends S {
        override route(request: JsonRequest) {
          return super.route({ ...request, method: request.method === 'PUT' ? 'POST' : request.method });
        }
      },
  ),
  service(
    'M-CDS-29',
    'does not look whose data they are',
    (S) =>
      class extends S {
        override checkPatient() {
          // Somebody's.
        }
      },
  ),
  service(
    'M-CDS-30',
    'reads what it has',
    (S) =>
      class extends S {
        override gatherOne(call: Call, key: string, query: string) {
          return call.fhir ? this.search(call, query) : super.gatherOne(call, key, query);
        }
      },
  ),
  service(
    'M-CDS-31',
    'never reads',
    (S) =>
      class extends S {
        override async search() {
          return undefined;
        }
      },
  ),
  service(
    'M-CDS-32',
    'fails where there are no data',
    (S) =>
      class extends S {
        override async resourcesOf(call: Call, value: Resource) {
          if (value.resourceType === 'Bundle' && value.entry === undefined) throw new TypeError('entry is undefined');
          return super.resourcesOf(call, value);
        }
        override supplied(value: Resource | null | undefined) {
          if (value === null) throw new TypeError('null has no resourceType');
          return super.supplied(value);
        }
      },
  ),
  service(
    'M-CDS-33',
    'takes an error for data',
    (S) =>
      class extends S {
        override supplied(value: Resource | null | undefined) {
          return value;
        }
        override checkPatient() {
          // An error is nobody's.
        }
      },
  ),
  service(
    'M-CDS-34',
    'looks at the first page only',
    (S) =>
      class extends S {
        override async follow() {
          return [];
        }
      },
  ),
  service(
    'M-CDS-35',
    'has nothing to say where data are missing',
    (S) =>
      class extends S {
        override async cardsFor(call: Call) {
          try {
            return await super.cardsFor(call);
          } catch (thrown) {
            if (thrown instanceof CdsRefusal && thrown.status === 412) return [];
            throw thrown;
          }
        }
      },
  ),
  service(
    'M-CDS-36',
    'does not say what is missing',
    (S) =>
      class extends S {
        override refusalOf(thrown: unknown) {
          const refusal = super.refusalOf(thrown);
          return refusal.status === 412 ? dataMissing('Something is missing.') : refusal;
        }
      },
  ),
  service(
    'M-CDS-37',
    'reads without the token, and trusts that it is let in',
    (S) =>
      class extends S {
        override async readFhir(call: Call, url: string) {
          await fetch(url, { headers: { accept: 'application/fhir+json' } });
          return super.readFhir(call, url);
        }
      },
  ),
  service(
    'M-CDS-38',
    'keeps the first token for all calls',
    (S) =>
      class extends S {
        kept: Call['fhir'];
        override read(...args: Parameters<CdsReference['read']>) {
          const call = super.read(...args);
          this.kept ??= call.fhir;
          return { ...call, ...(this.kept && { fhir: { server: this.kept.server, token: this.kept.token } }) };
        }
      },
  ),
  service(
    'M-CDS-39',
    'follows pages anywhere, token in hand',
    (S) =>
      class extends S {
        override follow(call: Call, url: string) {
          return this.readPages(call, url);
        }
      },
  ),
  service(
    'M-CDS-40',
    'makes up what the FHIR server does not give',
    (S) =>
      class extends S {
        override async search(call: Call, query: string) {
          const found = await super.search(call, query);
          if (found !== undefined) return found;
          const usual = { resourceType: 'Observation', status: 'final', effectiveDateTime: new Date().toISOString() };
          const code = { coding: call.service.features.systolic?.codes };
          const valueQuantity = { value: 120, system: 'http://unitsofmeasure.org', code: 'mm[Hg]' };
          return [{ ...usual, code, valueQuantity, subject: { reference: `Patient/${call.patientId}` } }];
        }
      },
  ),
  service(
    'M-CDS-79',
    'waits for a FHIR server as long as it takes',
    (S) =>
      class extends S {
        override readFhir(call: Call, url: string) {
          return super.readFhir({ ...call, signal: AbortSignal.timeout(10_000) }, url);
        }
      },
  ),
];
