import { CallFailed, type Card, CdsClient, type Service, type Session, type SessionPatient } from './cds-client.js';
import { renderCard } from './render-card.js';
import { element } from './render-markdown.js';

const find = <Type extends HTMLElement>(id: string) => document.getElementById(id) as Type;
const patientSelect = find<HTMLSelectElement>('patient');
const serviceSelect = find<HTMLSelectElement>('service');
const callButton = find<HTMLButtonElement>('call');
const cards = find('cards');
const status = find('status');

async function start(): Promise<void> {
  const session = (await (await fetch('/app/session')).json()) as Session;
  const client = new CdsClient(session);
  for (const { id, name, gender, birthDate } of session.patients) {
    patientSelect.append(
      element('option', { value: id }, `${name}, ${gender ?? ''}, born ${birthDate?.slice(0, 4) ?? ''}`),
    );
  }
  const services = await client.discover();
  for (const [index, { title, id, hook }] of services.entries()) {
    serviceSelect.append(element('option', { value: String(index) }, `${title ?? id} (${hook})`));
  }
  const show = () => {
    find('description').textContent = services[Number(serviceSelect.value)]?.description ?? '';
  };
  serviceSelect.addEventListener('change', show);
  show();
  callButton.disabled = services.length === 0;
  callButton.addEventListener('click', () => {
    const service = services[Number(serviceSelect.value)];
    const patient = session.patients.find(({ id }) => id === patientSelect.value);
    if (service !== undefined && patient !== undefined) void call(client, service, patient);
  });
  status.textContent = `${services.length} services found.`;
}

async function call(client: CdsClient, service: Service, patient: SessionPatient): Promise<void> {
  // Cards of another patient must not stay beside this one's.
  cards.replaceChildren();
  callButton.disabled = true;
  status.textContent = 'Asking …';
  const started = performance.now();
  try {
    const answered = await client.call(service, patient);
    cards.replaceChildren(...answered.map((card) => show(client, service, card)));
    const ms = Math.round(performance.now() - started);
    status.textContent = answered.length === 0 ? `No advice (${ms} ms).` : `${answered.length} card(s) in ${ms} ms.`;
  } catch (error) {
    status.textContent = describe(error);
  } finally {
    callButton.disabled = false;
  }
}

function show(client: CdsClient, service: Service, card: Card): HTMLElement {
  return renderCard(card, {
    async accept(suggestion) {
      const resources = (suggestion.actions ?? []).flatMap(({ type, resource }) =>
        type === 'create' && resource !== undefined ? [resource] : [],
      );
      const made = await Promise.all(resources.map((resource) => client.createResource(resource)));
      const acceptedSuggestions = suggestion.uuid === undefined ? [] : [{ id: suggestion.uuid }];
      await client.giveFeedback(service, card, { outcome: 'accepted', acceptedSuggestions });
      return `Accepted; ${made.length === 0 ? 'nothing to create' : `created ${made.join(', ')}`}. Feedback was sent.`;
    },
    async override(outcome) {
      await client.giveFeedback(service, card, outcome);
      return 'Dismissed. Feedback was sent.';
    },
  });
}

function describe(error: unknown): string {
  if (error instanceof CallFailed) return `The service answered ${error.status}: ${error.message}`;
  // What a browser says of a server that does not allow this page is the same as of one that is not there.
  return 'The service cannot be reached from this page. Is it running, and is this origin allowed?';
}

start().catch((error: unknown) => {
  status.textContent = describe(error);
});
