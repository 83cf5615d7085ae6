import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const read = (path: string) => JSON.parse(readFileSync(fileURLToPath(new URL(`../${path}`, import.meta.url)), 'utf8'));

describe('schemas of messages between adapters and the conformance suite', () => {
  it('the suite’s copy of the binding of processing chains is the adapter’s', () => {
    expect(read('conformance/schemas/processing-chain.schema.json')).toEqual(
      read('adapters/piaf/schemas/processing-chain.schema.json'),
    );
  });

  // The suite imports no adapter, and so has a copy of what it asks with and is answered.
  it.each(['decision', 'decision-request'])('the suite’s copy of %s is the adapter’s', (name) => {
    expect(read(`conformance/schemas/expressif-${name}.schema.json`)).toEqual(
      read(`adapters/expressif/schemas/${name}.schema.json`),
    );
  });
});
