import type { Manifest } from '@deephealth/sdk';
import { describe, expect, it } from 'vitest';
import { parseBinding } from './parse-binding.js';

const manifest = (...kinds: string[]) =>
  ({
    ...{ name: 'm', version: '1.0.0', outputs: [{ name: 'risk' }] },
    inputs: kinds.map((kind, index) => ({ name: `input${index}`, kind })),
  }) as unknown as Manifest;

const CHAIN = {
  ...{ label: 'risk', title: 'Risk', item: { kind: 'file', mediaTypes: ['application/json'] } },
  ...{ chunk: { items: 2 }, resources: { cores: 1, ramMiB: 256, timeLimitS: 60 } },
};
const SERIES = { ...CHAIN, item: { kind: 'series', mediaTypes: ['application/dicom'] } };
const SLIDE = { ...CHAIN, item: { kind: 'slide', mediaTypes: ['image/tiff'], analysis: 'a' } };
const EDF = { ...CHAIN, item: { kind: 'file', mediaTypes: ['application/x-edf'] } };

const parse = (chains: unknown, model = manifest('table')) =>
  parseBinding(JSON.stringify({ schemaVersion: 1, chains }), model);
const withParameters = (chain: object, ...parameters: object[]) => [{ ...chain, parameters }];

describe('bindings/processing-chain.json', () => {
  it.each([
    [CHAIN, 'table'],
    [{ ...CHAIN, outputs: ['risk'], onRefusedItem: 'record', deidentify: { mode: 'refuse' } }, 'table'],
    [SERIES, 'volume'],
    [SLIDE, 'image'],
    [{ ...EDF, parameters: [{ name: 'fromS', minimum: 0, maximum: 9, default: 9 }] }, 'signal'],
  ])('is taken as %j for a model of one %s', (chain, kind) => {
    expect(parse([chain], manifest(kind)).chains).toEqual([chain]);
  });

  it.each<[string, unknown, string[], string, RegExp]>([
    ['two chains of one label', [CHAIN, CHAIN], ['table'], '/chains/1/label', /same label/],
    [
      'a slide without analysis',
      [{ ...SLIDE, item: { kind: 'slide', mediaTypes: ['image/tiff'] } }],
      ['image'],
      '/chains/0/item/analysis',
      /needs an analysis/,
    ],
    [
      'an analysis of a file',
      [{ ...CHAIN, item: { ...CHAIN.item, analysis: 'a' } }],
      ['table'],
      '/chains/0/item/analysis',
      /Only slides/,
    ],
    ['formats of a file', [{ ...CHAIN, formats: ['geojson'] }], ['table'], '/chains/0/formats', /Only slides/],
    [
      'a slide of JSON',
      [{ ...SLIDE, item: { ...SLIDE.item, mediaTypes: ['application/json'] } }],
      ['image'],
      '/chains/0/item/mediaTypes/0',
      /TIFF or DICOM/,
    ],
    ['outputs of a slide', [{ ...SLIDE, outputs: ['risk'] }], ['image'], '/chains/0/outputs', /analysis of a slide/],
    [
      'a series of PNG',
      [{ ...SERIES, item: { kind: 'series', mediaTypes: ['image/png'] } }],
      ['volume'],
      '/chains/0/item/mediaTypes',
      /DICOM/,
    ],
    ['a series for a model of images', [SERIES], ['image'], '/chains/0/item/kind', /series is a volume/],
    ['a model of two inputs', [CHAIN], ['table', 'table'], '/chains/0/item', /takes 2/],
    ['a model of no input', [CHAIN], [], '/chains/0/item', /takes 0/],
    ['a table for a model of images', [CHAIN], ['image'], '/chains/0/item/mediaTypes/0', /kind image/],
    ['a recording for a model of volumes', [EDF], ['volume'], '/chains/0/item/mediaTypes/0', /kind volume/],
    [
      'an output that the model has not',
      [{ ...CHAIN, outputs: ['risk', 'other'] }],
      ['table'],
      '/chains/0/outputs/1',
      /no output "other"/,
    ],
    [
      'two parameters of one name',
      withParameters(CHAIN, { name: 'frame' }, { name: 'frame', default: 1 }),
      ['table'],
      '/chains/0/parameters/1/name',
      /same name/,
    ],
    [
      'a parameter of slides for files',
      withParameters(CHAIN, { name: 'level' }),
      ['table'],
      '/chains/0/parameters/0/name',
      /kind file/,
    ],
    [
      'a parameter of files for series',
      withParameters(SERIES, { name: 'frame' }),
      ['volume'],
      '/chains/0/parameters/0/name',
      /kind series/,
    ],
    [
      'a parameter of files for slides',
      withParameters(SLIDE, { name: 'highlight' }),
      ['image'],
      '/chains/0/parameters/0/name',
      /kind slide/,
    ],
    [
      'limits of a boolean',
      withParameters(CHAIN, { name: 'highlight', minimum: 0 }),
      ['table'],
      '/chains/0/parameters/0/minimum',
      /no limits/,
    ],
    [
      'a number for a boolean',
      withParameters(CHAIN, { name: 'highlight', default: 1 }),
      ['table'],
      '/chains/0/parameters/0/default',
      /true or false/,
    ],
    [
      'a boolean for a number',
      withParameters(CHAIN, { name: 'fromS', default: true }),
      ['table'],
      '/chains/0/parameters/0/default',
      /a number/,
    ],
    [
      'a broken number for a whole one',
      withParameters(CHAIN, { name: 'frame', default: 1.5 }),
      ['table'],
      '/chains/0/parameters/0/default',
      /whole number/,
    ],
    [
      'a minimum above the maximum',
      withParameters(CHAIN, { name: 'fromS', minimum: 2, maximum: 1 }),
      ['table'],
      '/chains/0/parameters/0/minimum',
      /above the maximum/,
    ],
    [
      'a default below its minimum',
      withParameters(CHAIN, { name: 'fromS', minimum: 2, default: 1 }),
      ['table'],
      '/chains/0/parameters/0/default',
      /outside the limits/,
    ],
    [
      'a default above its maximum',
      withParameters(CHAIN, { name: 'fromS', maximum: 2, default: 3 }),
      ['table'],
      '/chains/0/parameters/0/default',
      /outside the limits/,
    ],
    ['no chain', [], ['table'], '/chains', /./],
    ['a field that it has not', [{ ...CHAIN, other: 1 }], ['table'], '/chains/0', /./],
    ['chunks of no items', [{ ...CHAIN, chunk: { items: 0 } }], ['table'], '/chains/0/chunk/items', /./],
  ])('is refused with %s, by its place', (_, chains, kinds, field, sentence) => {
    expect(() => parse(chains, manifest(...kinds))).toThrow(
      expect.objectContaining({
        code: 'DH_CHAIN_BINDING_INVALID',
        message: expect.stringMatching(sentence),
        details: expect.objectContaining({ field: expect.stringContaining(field) }),
      }),
    );
  });

  it.each(['', '{', '[]', 'null', '{"schemaVersion":2,"chains":[]}'])('is refused as %j', (text) => {
    expect(() => parseBinding(text, manifest('table'))).toThrow(
      expect.objectContaining({ code: 'DH_CHAIN_BINDING_INVALID' }),
    );
  });
});
