import type { ComponentChildren, VNode } from 'preact';
import { describe, expect, it } from 'vitest';
import { Markdown, safeAddress } from './render-markdown.js';

interface Element {
  readonly tag: string;
  readonly props: Readonly<Record<string, unknown>>;
}

/** Every element that is drawn, parents first, those within our own components too. */
function elements(node: ComponentChildren): Element[] {
  if (Array.isArray(node)) return node.flatMap(elements);
  if (typeof node !== 'object' || node === null) return [];
  const { type, props } = node as VNode<Record<string, unknown>>;
  if (typeof type === 'function') return elements((type as (given: unknown) => ComponentChildren)(props));
  return [{ tag: String(type), props }, ...elements(props.children as ComponentChildren)];
}

const drawn = (source: string) => elements(Markdown({ source, topLevel: 3 }));
const tags = (source: string) => drawn(source).map(({ tag }) => tag);

/** Texts of a tree, in their order. */
function words(node: ComponentChildren): string {
  if (Array.isArray(node)) return node.map(words).join('');
  if (typeof node === 'string' || typeof node === 'number') return String(node);
  if (typeof node !== 'object' || node === null) return '';
  return words((node as VNode<{ children?: ComponentChildren }>).props.children);
}

describe('a model card', () => {
  it('keeps HTML as text', () => {
    const source = `# A <script>run()</script>\n\n<img src=x onerror=run()>\n\nb <b onclick=run()>c</b>`;
    expect(tags(source)).not.toEqual(expect.arrayContaining(['script']));
    expect(tags(source)).not.toEqual(expect.arrayContaining(['img']));
    expect(tags(source)).not.toEqual(expect.arrayContaining(['b']));
    expect(words(Markdown({ source, topLevel: 3 }))).toContain('<img src=x onerror=run()>');
    for (const { props } of drawn(source)) expect(props).not.toHaveProperty('dangerouslySetInnerHTML');
  });

  it('fetches no picture', () => {
    const source = '![a picture](https://elsewhere.example/picture.png)';
    expect(tags(source)).not.toContain('img');
    expect(words(Markdown({ source, topLevel: 3 }))).toContain('a picture');
  });

  it.each([
    'javascript:run()',
    'data:text/html,x',
    'vbscript:x',
    'file:///etc/passwd',
    '/console/',
    '#main',
    'JaVaScRiPt:run()',
  ])('does not link to %s', (address) => {
    expect(safeAddress(address)).toBeUndefined();
    expect(tags(`[a](<${address}>)`)).not.toContain('a');
  });

  it('links to pages', () => {
    const link = drawn('[a](https://example.org/b)').find(({ tag }) => tag === 'a');
    expect(link?.props).toMatchObject({ href: 'https://example.org/b', rel: 'noopener noreferrer' });
  });

  it('has its headings below those of the page', () => {
    expect(tags('# a\n\n## b\n\n###### c').filter((tag) => /^h\d$/.test(tag))).toEqual(['h3', 'h4', 'h6']);
  });

  it('has tables with heads, and no head for an empty corner', () => {
    const cells = drawn('| | v |\n|---|---|\n| AUC | 0.9 |').filter(({ tag }) => tag === 'th' || tag === 'td');
    expect(cells.map(({ tag, props }) => [tag, props.scope])).toEqual([
      ['td', undefined],
      ['th', 'col'],
      ['th', 'row'],
      ['td', undefined],
    ]);
  });
});
