import { describe, expect, it } from 'vitest';
import { parseInline, parseMarkdown } from '../hosts/cds/page/parse-markdown.js';

const text = (value: string) => [{ kind: 'text', text: value }];

describe('the Markdown of cards', () => {
  it('is read into headings, paragraphs, lists, quotes and rules', () => {
    const read = parseMarkdown('## Why\nOne line\nand another.\n\n- a\n- b\n\n1. c\n\n> said\n\n---\nEnd');
    expect(read).toEqual([
      { kind: 'heading', content: text('Why') },
      { kind: 'paragraph', content: text('One line and another.') },
      { kind: 'list', isOrdered: false, items: [text('a'), text('b')] },
      { kind: 'list', isOrdered: true, items: [text('c')] },
      { kind: 'quote', content: text('said') },
      { kind: 'rule' },
      { kind: 'paragraph', content: text('End') },
    ]);
  });

  it('is read into tables, with bars that belong to a cell', () => {
    expect(parseMarkdown('| Finding | Value |\n|---|---:|\n| a \\| b | 1 |\n| c |  |\nafter')).toEqual([
      {
        kind: 'table',
        head: [text('Finding'), text('Value')],
        rows: [
          [text('a | b'), text('1')],
          [text('c'), []],
        ],
      },
      { kind: 'paragraph', content: text('after') },
    ]);
  });

  it('knows strong, emphasis, code and links', () => {
    expect(parseInline('a **b\\*c** *d* `e*f` [g](https://h.example/i)')).toEqual([
      { kind: 'text', text: 'a ' },
      { kind: 'strong', text: 'b*c' },
      { kind: 'text', text: ' ' },
      { kind: 'emphasis', text: 'd' },
      { kind: 'text', text: ' ' },
      { kind: 'code', text: 'e*f' },
      { kind: 'text', text: ' ' },
      { kind: 'link', text: 'g', url: 'https://h.example/i' },
    ]);
  });

  it('shows what was escaped as it was meant', () => {
    const escaped =
      'x \\*y\\* \\[z\\]\\(u\\) &lt;b&gt; 3 &amp; 4 https:&#47;&#47;a.example me&#64;there \\_q\\_ &#x41; &unknown; &#0;';
    expect(parseInline(escaped)).toEqual(
      text('x *y* [z](u) <b> 3 & 4 https://a.example me@there _q_ A &unknown; &#0;'),
    );
  });

  it('makes no link of an address that is not one of the web', () => {
    for (const url of [
      'javascript:alert(1)',
      'JAVASCRIPT:alert(1)',
      'data:text/html,x',
      'file:///etc/hosts',
      '/relative',
      'vbscript:x',
    ]) {
      expect(
        parseInline(`[click](${url})`).map(({ kind }) => kind),
        url,
      ).toEqual(['text']);
    }
  });

  it('keeps HTML as text', () => {
    const html = '<img src=x onerror=alert(1)><script>alert(1)</script>';
    expect(parseMarkdown(html)).toEqual([{ kind: 'paragraph', content: text(html) }]);
  });

  it('ends soon on long hostile lines', () => {
    const started = performance.now();
    for (const piece of ['[', '*', '**', '`', '|', '\\', '&', '[a](', '> ', '- ', '|-', '**a\\', '#']) {
      parseMarkdown(piece.repeat(5_000));
      parseMarkdown(`${piece.repeat(5_000)}\n${'|-'.repeat(5_000)}`);
    }
    expect(performance.now() - started).toBeLessThan(5_000);
  });
});
