import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { EXPORTABLE_CHAINS } from '../testing/exportable-chains.js';
import { exportBoutiques } from './export-boutiques.js';
import { RESEARCH_USE } from './exportable-chain.js';

const text = { type: 'string', minLength: 1 };
const id = { type: 'string', pattern: '^[0-9_a-zA-Z]+$' };
const closed = (required: readonly string[], properties: object) => ({
  type: 'object',
  required,
  additionalProperties: false,
  properties,
});

/** What version 0.5 of Boutiques says of the fields that we use. */
const DESCRIPTOR = closed(['name', 'description', 'command-line', 'schema-version', 'inputs', 'tool-version'], {
  name: text,
  description: text,
  author: text,
  'tool-version': text,
  'schema-version': { const: '0.5' },
  'command-line': text,
  'container-image': closed(['type', 'image'], {
    type: { enum: ['docker', 'singularity'] },
    image: text,
    entrypoint: { type: 'boolean' },
  }),
  inputs: {
    type: 'array',
    minItems: 1,
    uniqueItems: true,
    items: {
      ...closed(['id', 'name', 'type'], {
        id,
        name: text,
        description: { type: 'string' },
        type: { enum: ['String', 'File', 'Number', 'Flag'] },
        'value-key': { type: 'string', pattern: '^\\[[A-Z_]+\\]$' },
        list: { type: 'boolean' },
        'min-list-entries': { type: 'number' },
        'max-list-entries': { type: 'number' },
        optional: { type: 'boolean' },
        'command-line-flag': { type: 'string' },
        'command-line-flag-separator': { type: 'string' },
        'default-value': {},
        'value-choices': { type: 'array', items: { type: ['string', 'number'] } },
        integer: { type: 'boolean' },
        minimum: { type: 'number' },
        maximum: { type: 'number' },
      }),
      dependentRequired: {
        'command-line-flag-separator': ['command-line-flag'],
        'min-list-entries': ['list'],
        'max-list-entries': ['list'],
      },
      dependentSchemas: {
        integer: { properties: { type: { const: 'Number' } } },
        minimum: { properties: { type: { const: 'Number' } } },
        maximum: { properties: { type: { const: 'Number' } } },
        'value-choices': { properties: { type: { enum: ['String', 'Number'] } } },
      },
    },
  },
  'output-files': {
    type: 'array',
    items: closed(['id', 'name', 'path-template'], {
      id,
      name: text,
      'path-template': text,
      list: { type: 'boolean' },
      optional: { type: 'boolean' },
    }),
  },
  'suggested-resources': closed([], {
    'cpu-cores': { type: 'integer', minimum: 1 },
    ram: { type: 'number', minimum: 0 },
    'disk-space': { type: 'number', minimum: 0 },
    nodes: { type: 'integer', minimum: 1 },
    'walltime-estimate': { type: 'number', minimum: 0 },
  }),
  'error-codes': {
    type: 'array',
    items: closed(['code', 'description'], { code: { type: 'integer' }, description: text }),
  },
  tests: {
    type: 'array',
    minItems: 1,
    items: closed(['name', 'invocation', 'assertions'], {
      name: text,
      invocation: { type: 'object' },
      assertions: { type: 'object' },
    }),
  },
  tags: { type: 'object', additionalProperties: { type: ['string', 'array', 'boolean'] } },
  custom: { type: 'object' },
});

// biome-ignore lint/suspicious/noExplicitAny: documents of another format, looked into at will.
type Any = any;
const validate = new Ajv2020({ strict: false }).compile(DESCRIPTOR);

describe.each(Object.entries(EXPORTABLE_CHAINS))('a chain as a descriptor of Boutiques, of %s', (_, chain) => {
  const descriptor: Any = JSON.parse(JSON.stringify(exportBoutiques(chain)));

  it('is what the format says', () => {
    validate(descriptor);
    expect(validate.errors ?? []).toEqual([]);
  });

  it('has each input in its command once, studies last', () => {
    const keys = descriptor.inputs.map((input: Any) => input['value-key']);
    const inCommand = descriptor['command-line'].match(/\[[^\]]+\]/g);
    expect([...inCommand].sort()).toEqual([...keys].sort());
    expect(descriptor['command-line']).toMatch(/^deephealth batch \[PACKAGE\] --chain [a-z]+ .*\[STUDIES\]$/);
  });

  it('has a test that names inputs and outputs which are there', () => {
    const ids = (list: Any[]) => list.map((one) => one.id);
    const [{ invocation, assertions }] = descriptor.tests;
    expect(ids(descriptor.inputs)).toEqual(expect.arrayContaining(Object.keys(invocation)));
    expect(ids(descriptor['output-files'])).toEqual(expect.arrayContaining(ids(assertions['output-files'])));
    const required = descriptor.inputs.filter((input: Any) => input.optional !== true);
    expect(Object.keys(invocation)).toEqual(ids(required));
  });

  it('tells what it is for, and of which package', () => {
    expect(descriptor.description).toContain(RESEARCH_USE);
    expect(descriptor.custom).toMatchObject({ packageSha256: 'ab'.repeat(32) });
  });
});

describe('parameters and resources of a descriptor', () => {
  const inputOf = (kind: keyof typeof EXPORTABLE_CHAINS, wanted: string) =>
    exportBoutiques(EXPORTABLE_CHAINS[kind]).inputs.find((input) => input.id === wanted);

  it('are handed on as NAME=VALUE, with default and limits', () => {
    expect(inputOf('everything', 'frame')).toMatchObject({
      type: 'Number',
      integer: true,
      'default-value': 3,
      minimum: 0,
      maximum: 9,
      'value-key': '[FRAME]',
      'command-line-flag': '--param frame=',
      'command-line-flag-separator': '',
    });
    expect(inputOf('everything', 'fromS')).toMatchObject({ integer: false, 'value-key': '[FROM_S]' });
    expect(inputOf('everything', 'lengthS')).not.toHaveProperty('default-value');
  });

  it('can be set to false, too', () => {
    expect(inputOf('series', 'highlight')).toMatchObject({
      'value-choices': ['true', 'false'],
      'default-value': 'true',
    });
  });

  it('are those of a task, in the units of the format', () => {
    expect(exportBoutiques(EXPORTABLE_CHAINS.series)['suggested-resources']).toEqual({
      'cpu-cores': 2,
      ram: 3.146,
      'disk-space': 4.295,
      nodes: 1,
      'walltime-estimate': 900,
    });
  });
});
