// Decision support inside a vendor's own process, without a server: a record system hands over what it knows of a
// patient and gets the cards that it shows. samples/hosts/cds/ has the same behind a server of one's own.
import { createClinicalDecisionSupportAdapter } from '@deephealth/adapter-clinical-decision-support';
import type { Bundle } from 'fhir/r4.js';

export interface Card {
  readonly summary: string;
  readonly indicator: string;
  readonly detail?: string;
}

export interface Question {
  /** host:port of the runtime. */
  readonly runtime: string;
  /** Package folder <name>/<version>; the runtime serves the very same. */
  readonly package: string;
  /** For records, feedback and what is switched off; of this process alone. */
  readonly stateFolder: string;
  readonly serviceId: string;
  readonly hook: string;
  readonly patient: Bundle;
}

// The adapter has an address though nobody listens there: it is the audience of tokens, and part of its records.
const ADDRESS = 'http://127.0.0.1/cds';

/** @throws Error with the service's own words where it gives no card */
export async function askForCards(question: Question): Promise<readonly Card[]> {
  const adapter = await createClinicalDecisionSupportAdapter({
    runtime: question.runtime,
    packages: [question.package],
    baseUrl: ADDRESS,
    // Only this process calls. Whoever listens on a network names clients and their keys here.
    trust: { mode: 'none' },
    stateFolder: question.stateFolder,
    // The first call loads what later ones find.
    deadlineMs: 10_000,
  });
  try {
    const { status, body } = await adapter.answer({
      method: 'POST',
      path: `/cds/cds-services/${question.serviceId}`,
      headers: { 'content-type': 'application/json' },
      body: Buffer.from(JSON.stringify(callOf(question))),
    });
    const answer = JSON.parse(body.toString('utf8')) as { readonly cards?: readonly Card[] };
    if (status !== 200 || answer.cards === undefined) throw new Error(`${status}: ${body.toString('utf8')}`);
    return answer.cards;
  } finally {
    await adapter.close();
  }
}

/** The call as CDS Hooks has it; what the templates of the service ask for comes along as prefetch. */
function callOf({ hook, patient }: Question) {
  const resources = (patient.entry ?? []).flatMap(({ resource }) => (resource === undefined ? [] : [resource]));
  const person = resources.find(({ resourceType }) => resourceType === 'Patient');
  const observations = searchSet(resources.filter(({ resourceType }) => resourceType === 'Observation'));
  const encounter = resources.find(({ resourceType }) => resourceType === 'Encounter');
  return {
    hook,
    hookInstance: crypto.randomUUID(),
    context: { userId: 'Practitioner/sample', patientId: person?.id, encounterId: encounter?.id ?? 'sample' },
    prefetch: { patient: person, vitals: observations, laboratory: observations, exerciseTest: observations },
  };
}

const searchSet = (resources: readonly unknown[]) => ({
  resourceType: 'Bundle',
  type: 'searchset',
  total: resources.length,
  entry: resources.map((resource) => ({ resource })),
});
