import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { blocksOf } from '../../scripts/docs/read-blocks.mjs';
import { renderBlockDocs } from '../../scripts/docs/render-block-docs.mjs';
import { BLOCKS, type Block, placeOf, ROOT } from './pages.js';

/** What may be done with a block of each language. */
const KINDS: Readonly<Record<string, readonly string[]>> = {
  sh: ['run', 'shown'],
  console: ['run', 'shown'],
  ts: ['run', 'types'],
  json: ['checked', 'shown'],
  yaml: ['checked', 'shown'],
  text: ['output', 'shown'],
  dockerfile: ['shown'],
  ...Object.fromEntries(
    ['python', 'java', 'csharp', 'go', 'javascript', 'typescript'].map((name) => [name, ['shown']]),
  ),
};

function faultOf({ language, mark }: Block): string | undefined {
  const kinds = KINDS[language];
  if (kinds === undefined) return `is of no language that is held: ${Object.keys(KINDS).join(', ')}`;
  if (mark === undefined) return language === 'ts' ? undefined : `has no mark: ${kinds.join(', ')}`;
  if (!kinds.includes(mark.kind)) return `cannot be "${mark.kind}", only ${kinds.join(' or ')}`;
  if (language === 'typescript' && !mark.value.startsWith('the program ')) return 'is no program of a file: write "ts"';
  if (mark.kind === 'shown' && mark.value.length < 8) return 'is only shown, and no reason says why';
  return undefined;
}

describe('code blocks of the documentation', () => {
  it('are all held: run, compared, checked, typed, or shown with a reason', () => {
    expect(BLOCKS.length).toBeGreaterThan(140);
    const faults = BLOCKS.flatMap((block) => {
      const fault = faultOf(block);
      return fault === undefined ? [] : [`${placeOf(block)} ${fault}`];
    });
    expect(faults).toEqual([]);
  });

  it('that are only shown are counted on docs/code-blocks.md, each reason with its pages', () => {
    expect(readFileSync(join(ROOT, 'docs', 'code-blocks.md'), 'utf8')).toBe(renderBlockDocs(BLOCKS));
  });

  it('without a mark, with an unknown one, without a language or a reason are found', () => {
    const page = [
      ...['```sh', 'ls', '```', ''],
      ...['<!-- ran: samples -->', '```sh', 'ls', '```', ''],
      ...['<!-- shown: a drawing -->', '```', '-->', '```', ''],
      ...['<!-- shown: why -->', '```json', '{}', '```', ''],
      ...['<!-- checked: anything -->', '```sh', 'ls', '```', ''],
      ...['<!-- shown: for the looks -->', '```typescript', 'let x;', '```', ''],
      ...['    indented', '', '- in a list', '', '  ```sh', '  ls', '  ```'],
    ].join('\n');
    const found = (blocksOf('page.md', page) as Block[]).map((block) => [block.line, faultOf(block) !== undefined]);
    expect(found).toEqual([1, 6, 11, 16, 21, 26, 30, 34].map((line) => [line, true]));
  });
});
