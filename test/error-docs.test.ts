import { readFileSync } from 'node:fs';
import { ERROR_CATALOG, ERROR_CODES } from '@deephealth/sdk';
import { describe, expect, it } from 'vitest';
import { renderErrorDocs, renderTroubleshooting } from '../scripts/render-error-docs.mjs';
import { HELPING_COMMANDS, helpingCommand } from '../scripts/troubleshoot-commands.mjs';

describe('the error catalogue', () => {
  it('is what docs/errors.md shows', () => {
    expect(readFileSync(new URL('../docs/errors.md', import.meta.url), 'utf8')).toBe(renderErrorDocs(ERROR_CATALOG));
  });

  it('is what docs/guides/troubleshoot.md groups by who acts', () => {
    const page = readFileSync(new URL('../docs/guides/troubleshoot.md', import.meta.url), 'utf8');
    expect(page).toBe(renderTroubleshooting(ERROR_CATALOG));
    // Each code once: a source that the page does not know would leave its codes out.
    const shown = [...page.matchAll(/\| `(DH_\w+)` \|/g)].map(([, code]) => code);
    expect(shown.sort()).toEqual([...ERROR_CODES].sort());
  });

  it('has for every code a command that helps, and no other', () => {
    expect(ERROR_CODES.filter((code) => helpingCommand(code) === undefined)).toEqual([]);
    const used = new Set(ERROR_CODES.map(helpingCommand));
    expect(HELPING_COMMANDS.filter(({ command }) => !used.has(command))).toEqual([]);
  });

  it('names its codes as they travel: DH_ and upper snake case', () => {
    expect(ERROR_CODES.filter((code) => !/^DH_[A-Z]+(_[A-Z]+)*$/.test(code))).toEqual([]);
  });

  it('knows every reason that the contract names', () => {
    const protos = ['tensor', 'input', 'finding', 'provenance', 'model', 'model_runtime'];
    const text = protos
      .map((name) =>
        readFileSync(new URL(`../proto/proto/deephealth/runtime/v1/${name}.proto`, import.meta.url), 'utf8'),
      )
      .join('\n');
    const comments = text.replace(/^\s*\/\/ ?/gm, '').replace(/\s+/g, ' ');
    const named = [...comments.matchAll(/reasons? ((?:[A-Z]+_[A-Z_]+(?:, | or )?)+)/g)].flatMap(
      (match) => match[1]?.match(/[A-Z]+_[A-Z_]+/g) ?? [],
    );
    expect(named.length).toBeGreaterThan(25);
    expect(named.filter((reason) => !Object.hasOwn(ERROR_CATALOG, `DH_${reason}`))).toEqual([]);
  });
});
