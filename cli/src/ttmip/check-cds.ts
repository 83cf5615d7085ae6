import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { BINDING_FILE, parseBinding, type ServiceBinding } from '@deephealth/adapter-clinical-decision-support';
import type { runtimeV1 } from '@deephealth/proto';
import { cdsCall, shownService } from './cds-call.js';
import type { CheckSession } from './check-session.js';
import type { AddedSample, PlatformAnswer } from './platform-check.js';
import { askJson } from './platform-request.js';

/** Extensions of our cards, for programs: numbers that are not rounded. */
interface CardExtension {
  readonly 'eu.deephealth.finding'?: {
    readonly isAbstained?: boolean;
    readonly probability?: number;
    readonly value?: number;
    readonly label?: string;
    readonly classes?: readonly { readonly label: string; readonly probability: number }[];
  };
  readonly 'eu.deephealth.provenance'?: { readonly packageSha256?: string; readonly modelVersion?: string };
}

interface CardsAnswer {
  readonly cards?: readonly { readonly summary: string; readonly extension?: CardExtension }[];
}

/** Calls the service over HTTP with resources that say what the sample says, and reads the card. */
export async function checkCds(session: CheckSession, url: string, sample: AddedSample): Promise<PlatformAnswer> {
  const binding = parseBinding(await readFile(join(session.packageFolder, BINDING_FILE), 'utf8'), session.manifest);
  const service = shownService(binding);
  const inputs = await session.inputsOf(sample);
  const expected = await session.predict(inputs);
  const input = inputs.find(({ name }) => name === service.input) ?? {};
  const file =
    sample.values === undefined ? { mediaType: sample.mediaType, bytes: await readFile(sample.path) } : undefined;
  const body = JSON.stringify(cdsCall(service, input, file, new Date()));
  const answer = await askJson<CardsAnswer>(`${url}/cds-services/${service.id}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body,
  });
  const [card] = answer.cards ?? [];
  if (card === undefined) return { differences: ['the service shows no card'], shown: 'no card' };
  return { differences: cardDifferences(card.extension ?? {}, expected, service), shown: card.summary };
}

/** What of a card is another thing than the answer of the contract. */
export function cardDifferences(
  extension: CardExtension,
  { findings, provenance }: runtimeV1.PredictResponse__Output,
  service: ServiceBinding,
): string[] {
  const finding = extension['eu.deephealth.finding'] ?? {};
  const expected = findings.find(({ name }) => name === service.output);
  const differences: string[] = [];
  const compare = (what: string, shown: unknown, own: unknown) => {
    if (!Object.is(shown, own)) differences.push(`the card has another ${what} than the model (${shown}, not ${own})`);
  };
  compare('package digest', extension['eu.deephealth.provenance']?.packageSha256, provenance?.packageSha256);
  const { classification, regression } = expected ?? {};
  if (classification) {
    compare('abstention', finding.isAbstained ?? false, classification.abstained);
    if (classification.abstained) return differences;
    for (const { label, probability } of classification.classes) {
      compare(`probability of ${label}`, finding.classes?.find((one) => one.label === label)?.probability, probability);
    }
    const own = classification.classes.find(({ label }) => label === finding.label)?.probability;
    compare('probability', finding.probability, own);
  } else if (regression) {
    compare('value', finding.value, regression.values.find(({ label }) => label === finding.label)?.value);
  } else {
    differences.push('the model gives no number that a card could show');
  }
  return differences;
}
