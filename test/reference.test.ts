import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { renderReference } from '../scripts/render-reference.mjs';

const FOLDER = fileURLToPath(new URL('../docs/reference/', import.meta.url));
const RENEW = 'renew it by "node scripts/render-reference.mjs"';

const rendered = await renderReference();

describe('docs/reference', () => {
  it('has a page for everything that is rendered, and no other', () => {
    expect(readdirSync(FOLDER).sort(), RENEW).toEqual([...rendered.keys()].sort());
  });

  it.each([...rendered.keys()])('%s is what is rendered now', (file) => {
    expect(readFileSync(join(FOLDER, file), 'utf8') === rendered.get(file), RENEW).toBe(true);
  });

  it('leads to headings that are there', () => {
    const anchors = new Map([...rendered].map(([file, text]) => [file, anchorsOf(text)]));
    const broken = [...rendered].flatMap(([file, text]) =>
      [...text.matchAll(/\]\(((?:[a-z0-9-]+\.md)?)#([^)]+)\)/g)]
        .filter(([, page, anchor]) => !anchors.get(page || file)?.has(anchor as string))
        .map(([link]) => `${file}: ${link}`),
    );
    expect(broken).toEqual([]);
  });

  it('has every requirement, field and export, with what is said of it', () => {
    expect(rendered.get('requirements.md')).toMatch(/^## DH-R-001\n\nA server MUST refuse DATA_TYPE_UNSPECIFIED/m);
    expect(rendered.get('contract-runtime.md')).toMatch(
      /^\| `data_type` \| 1 \| \[DataType\]\(#datatype\) \| \[DH-R-001\]/m,
    );
    expect(rendered.get('schema-sdk-model.md')).toMatch(/^\| `draft\[\]\.guess` \| string \| yes \|/m);
    expect(rendered.get('api-sdk.md')).toMatch(
      /^### createRuntimeClient\n\n.+\n(.*\n)*?```typescript\nfunction createRuntimeClient\(/m,
    );
    expect(rendered.get('cli.md')).toContain('## deephealth chain stage-in\n');
  });
});

function anchorsOf(text: string): Set<string> {
  return new Set(
    [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
      heading
        .toLowerCase()
        .replace(/[^\w\s-]/g, '')
        .replace(/\s/g, '-'),
    ),
  );
}
