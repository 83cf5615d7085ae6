import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type Manifest, parseManifest } from '@deephealth/sdk';
import { describe, expect, it } from 'vitest';
import { EXPLANATION, REGION, xrayService } from '../../test/explained-xray.js';
import { bindingText, heartManifest } from '../../test/heart-disease.js';
import { parseBinding } from './parse-binding.js';

const SAMPLE = fileURLToPath(
  new URL('../../../../samples/models/chest-xray-pneumonia/1.0.0/model.json', import.meta.url),
);
// biome-ignore lint/suspicious/noExplicitAny: the tests write what the types forbid.
type Json = any;

function parsed(change: (service: Json, manifest: Json) => void) {
  const manifest: Json = structuredClone(parseManifest(readFileSync(SAMPLE)));
  manifest.outputs[0].explanation = EXPLANATION;
  const service: Json = structuredClone(xrayService());
  change(service, manifest);
  return parseBinding(JSON.stringify({ schemaVersion: 1, services: [service] }), manifest as Manifest);
}

describe('a card that is to show a region', () => {
  it('is taken where the manifest declares how the region of this input is found', () => {
    expect(parsed(() => undefined).services[0]?.cards.rules[0]?.region).toEqual(REGION);
  });

  it.each<[what: string, says: string, change: (service: Json, manifest: Json) => void]>([
    [
      'without an explanation',
      'declares no explanation of output "finding"',
      (_, m) => delete m.outputs[0].explanation,
    ],
    [
      'with the explanation of another input',
      'covers "side-view", and this service fills "xray"',
      (_, m) => (m.outputs[0].explanation = { ...EXPLANATION, input: 'side-view' }),
    ],
    [
      'of a regression',
      'Only a classification has a region',
      (s, m) => {
        m.outputs[0] = { name: 'finding', kind: 'regression', from: 'x', values: [{ label: 'pneumonia', unit: '1' }] };
        s.cards.rules = [{ ...s.cards.rules[0], atLeast: 0 }];
      },
    ],
    ['without a label in English', 'lacks "en"', (s) => (s.cards.rules[0].region = { label: { de: 'Region' } })],
    ['with an address of its own', '"url"', (s) => (s.cards.rules[0].region.url = 'https://x.example')],
  ])('is refused %s', (_what, says, change) => {
    expect(() => parsed(change)).toThrow(says);
  });

  it('is refused for a table, and told where', () => {
    const document = JSON.parse(bindingText());
    document.services[0].cards.rules[0].region = REGION;
    expect(() => parseBinding(JSON.stringify(document), heartManifest())).toThrow(
      '"/services/0/cards/rules/0/region": Input "patient" is of kind table.',
    );
  });
});
