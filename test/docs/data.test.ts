import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseServerConfig } from '@deephealth/runtime';
import { parseManifest } from '@deephealth/sdk';
import { Ajv2020, type ErrorObject } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { describe, expect, it } from 'vitest';
import { parse as parseYaml } from 'yaml';
import { BLOCKS, type Block, placeOf, ROOT } from './pages.js';

const MANIFEST = 'sdk/schemas/model.schema.json';
const CONFIG = 'runtime/schemas/config.schema.json';

const ajv = new Ajv2020({ allErrors: true, verbose: true, strict: false });
(addFormats as unknown as (instance: Ajv2020) => void)(ajv);
const read = new Map<string, string>();

/** The id under which a schema of the repository is known. */
function idOf(file: string): string {
  let id = read.get(file);
  if (id === undefined) {
    const schema = JSON.parse(readFileSync(join(ROOT, file), 'utf8'));
    ajv.addSchema(schema);
    id = schema.$id as string;
    read.set(file, id);
  }
  return id;
}

/** The value of a block; a member alone, `"steps": [...]`, stands for its value. */
function dataOf({ language, text }: Block): unknown {
  if (language === 'yaml') return parseYaml(text, { uniqueKeys: true });
  if (!/^\s*"[^"]*":/.test(text)) return JSON.parse(text);
  const members = Object.values(JSON.parse(`{${text}}`));
  expect(members, 'one member').toHaveLength(1);
  return members[0];
}

/** Values that a page abbreviates are not judged. */
const isAbbreviated = ({ data }: ErrorObject) => typeof data === 'string' && /\.\.\.|…/.test(data);

function problemsOf(block: Block): string[] {
  const value = dataOf(block);
  const [reference = ''] = (block.mark?.value ?? '').split(';');
  if (block.mark?.kind !== 'checked' || reference === 'anything') return [];
  const [file = '', pointer = ''] = reference.split('#');
  const validate = ajv.getSchema(`${idOf(file)}#${pointer}`);
  if (validate === undefined) return [`there is no ${reference}`];
  validate(value);
  const problems = (validate.errors ?? []).filter((error) => !isAbbreviated(error));
  if (problems.length > 0) return problems.map((error) => `${error.instancePath || '/'} ${error.message}`);
  // What a schema cannot say: both readers judge a whole document only.
  const bytes = Buffer.from(block.text);
  if (reference === MANIFEST) parseManifest(bytes);
  if (reference === CONFIG) parseServerConfig(bytes, 'deephealth.config.json');
  return [];
}

const DATA = BLOCKS.filter(({ language }) => language === 'json' || language === 'yaml');

describe('JSON and YAML of the documentation', () => {
  it('are there', () => {
    expect(DATA.filter(({ mark }) => mark?.kind === 'checked').length).toBeGreaterThan(25);
  });

  it.each(DATA.map((block) => [placeOf(block), block] as const))('%s is what it claims to be', (_, block) => {
    expect(problemsOf(block)).toEqual([]);
  });

  it('is refused where a schema, its part or a reader refuses it', () => {
    const block = (value: string, text: string): Block => ({
      ...{ page: 'page.md', line: 1, language: 'json', text },
      mark: { kind: 'checked', value, options: {} },
    });
    expect(problemsOf(block(CONFIG, '{"models": "store"}'))).toEqual(['/models must be array']);
    expect(problemsOf(block(`${MANIFEST}#/$defs/explanation`, '"explanation": {"method": "guess"}'))).not.toEqual([]);
    expect(problemsOf(block(`${MANIFEST}#/$defs/nothing`, '{}'))).toEqual([`there is no ${MANIFEST}#/$defs/nothing`]);
    expect(problemsOf(block(`${MANIFEST}#/$defs/sha256`, '"68e0..."'))).toEqual([]);
    expect(() => problemsOf(block(CONFIG, '{"models": ["store"],}'))).toThrow(SyntaxError);
  });
});
