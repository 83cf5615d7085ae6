import { type Block, type Inline, parseMarkdown } from './parse-markdown.js';

/** Elements with texts in them: nothing of a card is ever taken for HTML. */
export function renderMarkdown(text: string): DocumentFragment {
  const fragment = document.createDocumentFragment();
  fragment.append(...parseMarkdown(text).map(renderBlock));
  return fragment;
}

/** An element with children, texts among them. */
export function element<Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  properties: Partial<HTMLElementTagNameMap[Name]> = {},
  ...children: readonly (Node | string)[]
): HTMLElementTagNameMap[Name] {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}

export function webLink(label: string, url: string): HTMLAnchorElement {
  return element('a', { href: url, target: '_blank', rel: 'noopener noreferrer' }, label);
}

function renderBlock(block: Block): HTMLElement {
  switch (block.kind) {
    case 'heading':
      return element('h4', {}, ...block.content.map(renderInline));
    case 'paragraph':
      return element('p', {}, ...block.content.map(renderInline));
    case 'quote':
      return element('blockquote', {}, ...block.content.map(renderInline));
    case 'rule':
      return element('hr');
    case 'list': {
      const items = block.items.map((item) => element('li', {}, ...item.map(renderInline)));
      return element(block.isOrdered ? 'ol' : 'ul', {}, ...items);
    }
    case 'table': {
      const head = block.head.map((cell) => element('th', { scope: 'col' }, ...cell.map(renderInline)));
      const rows = block.rows.map((row) =>
        element('tr', {}, ...row.map((cell) => element('td', {}, ...cell.map(renderInline)))),
      );
      return element('table', {}, element('thead', {}, element('tr', {}, ...head)), element('tbody', {}, ...rows));
    }
  }
}

function renderInline(part: Inline): Node {
  switch (part.kind) {
    case 'text':
      return document.createTextNode(part.text);
    case 'strong':
      return element('strong', {}, part.text);
    case 'emphasis':
      return element('em', {}, part.text);
    case 'code':
      return element('code', {}, part.text);
    case 'link':
      return webLink(part.text, part.url);
  }
}
