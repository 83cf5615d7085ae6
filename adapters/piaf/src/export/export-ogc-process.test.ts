import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { outputName } from '../ogc/job-documents.js';
import { EXPORTABLE_CHAINS } from '../testing/exportable-chains.js';
import { exportOgcProcess, exportOgcSummary } from './export-ogc-process.js';
import { RESEARCH_USE } from './exportable-chain.js';
import { OGC_FILES_OUTPUT, OGC_OUTPUTS } from './ogc-outputs.js';

/** What OGC API - Processes - Part 1 says of a process, after its text: 1.0, 7.10 and 7.11, and the draft of 2.0. */
const text = { type: 'string', minLength: 1 };
const description = {
  title: text,
  description: text,
  keywords: { type: 'array', items: text },
  metadata: {
    type: 'array',
    items: {
      type: 'object',
      required: ['role', 'title', 'value'],
      properties: { role: text, title: text, value: text },
    },
  },
};
const occurrences = {
  minOccurs: { type: 'integer', minimum: 0 },
  maxOccurs: { anyOf: [{ type: 'integer', minimum: 1 }, { const: 'unbounded' }] },
};
const schema = { $ref: 'https://json-schema.org/draft/2020-12/schema' };
const summaryProperties = {
  ...description,
  id: text,
  version: text,
  jobControlOptions: { type: 'array', items: { enum: ['sync-execute', 'async-execute', 'dismiss'] } },
  outputTransmission: { type: 'array', items: { enum: ['value', 'reference'] } },
};
const SUMMARY = {
  type: 'object',
  required: ['id', 'version'],
  additionalProperties: false,
  properties: summaryProperties,
};
const PROCESS = {
  ...SUMMARY,
  required: [...SUMMARY.required, 'inputs', 'outputs'],
  properties: {
    ...summaryProperties,
    inputs: {
      additionalProperties: {
        type: 'object',
        required: ['schema'],
        additionalProperties: false,
        properties: {
          ...description,
          ...occurrences,
          schema,
          valuePassing: { type: 'array', items: { enum: ['byValue', 'byReference'] } },
        },
      },
    },
    outputs: {
      additionalProperties: {
        type: 'object',
        required: ['schema'],
        additionalProperties: false,
        properties: { ...description, schema },
      },
    },
  },
};

const ajv = new Ajv2020({ strict: false });
const problemsOf = (rule: object, document: unknown) => {
  const validate = ajv.compile(rule);
  validate(JSON.parse(JSON.stringify(document)));
  return validate.errors ?? [];
};

describe.each(Object.entries(EXPORTABLE_CHAINS))('a chain as a process of OGC, of %s', (_, chain) => {
  it('is what the standard calls a process, and in the list a summary of it', () => {
    expect(problemsOf(PROCESS, exportOgcProcess(chain))).toEqual([]);
    expect(problemsOf(SUMMARY, exportOgcSummary(chain))).toEqual([]);
    expect(exportOgcProcess(chain)).toMatchObject(exportOgcSummary(chain));
  });

  it('is run as a job that can be dismissed, and tells what it is for', () => {
    const { jobControlOptions, metadata, description: words } = exportOgcProcess(chain);
    expect(jobControlOptions).toEqual(['async-execute', 'dismiss']);
    expect(words).toContain(RESEARCH_USE);
    const valuesOf = (role: string) => metadata.filter((one) => one.role === role).map(({ value }) => value);
    expect(valuesOf('limitation')).toEqual(['Not validated.', 'Adults only.']);
    expect(valuesOf('package-sha256')).toEqual(['ab'.repeat(32)]);
  });
});

describe('inputs and outputs of a chain as a process of OGC', () => {
  const inputsOf = (kind: keyof typeof EXPORTABLE_CHAINS) => exportOgcProcess(EXPORTABLE_CHAINS[kind]).inputs;

  it('are studies by their media types, as many as the chain takes', () => {
    const json = { type: 'string', contentEncoding: 'base64', contentMediaType: 'application/json' };
    expect(inputsOf('file').studies).toMatchObject({ minOccurs: 1, maxOccurs: 50, schema: json });
    expect(inputsOf('everything').studies?.schema).toEqual({
      oneOf: ['application/dicom', 'image/png'].map((type) => ({ ...json, contentMediaType: type })),
    });
  });

  it('are folders by reference alone', () => {
    expect(inputsOf('series').studies).toMatchObject({
      valuePassing: ['byReference'],
      schema: { type: 'object', required: ['href'] },
    });
  });

  it('are parameters whose schema takes what the chain takes, and refuses the rest', () => {
    const { frame, lengthS, highlight } = inputsOf('everything');
    expect(frame).toMatchObject({ minOccurs: 0, maxOccurs: 1, schema: { default: 3 } });
    const takes = (input: typeof frame, value: unknown) => ajv.validate(input?.schema as object, value);
    expect([0, 9, -1, 10, 1.5, '3'].map((value) => takes(frame, value))).toEqual([
      true,
      true,
      false,
      false,
      false,
      false,
    ]);
    expect([1, 1.5, 0.9].map((value) => takes(lengthS, value))).toEqual([true, true, false]);
    expect([true, 1].map((value) => takes(highlight, value))).toEqual([true, false]);
  });

  it('have the names that documents of results give to the files', () => {
    const named = Object.values(OGC_OUTPUTS).map(({ path }) => outputName(path));
    named.push(outputName(`${OGC_FILES_OUTPUT.path}item-000001/mask.npy`));
    expect(Object.keys(exportOgcProcess(EXPORTABLE_CHAINS.file).outputs)).toEqual(named);
  });

  it('have an id that fits the path of a URL as it is', () => {
    const { id } = exportOgcSummary(EXPORTABLE_CHAINS.file);
    expect(id).toBe('lesion.2.1.0.cohort');
    expect(new URL(`/processes/${id}/execution`, 'http://localhost').pathname).toBe(`/processes/${id}/execution`);
  });
});
