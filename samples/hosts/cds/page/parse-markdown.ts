// The part of GitHub-flavoured Markdown that cards are written in, read into a tree. HTML in it stays text.

export type Inline =
  | { readonly kind: 'text' | 'strong' | 'emphasis' | 'code'; readonly text: string }
  | { readonly kind: 'link'; readonly text: string; readonly url: string };

export type Block =
  | { readonly kind: 'heading' | 'paragraph' | 'quote'; readonly content: readonly Inline[] }
  | { readonly kind: 'list'; readonly isOrdered: boolean; readonly items: readonly (readonly Inline[])[] }
  | { readonly kind: 'table'; readonly head: readonly Cell[]; readonly rows: readonly (readonly Cell[])[] }
  | { readonly kind: 'rule' };

export type Cell = readonly Inline[];

const BULLET = /^\s*(?:[-*+]|\d{1,9}[.)])\s+(.*)$/;
const RULE = /^\s*(?:-{3,}|\*{3,}|_{3,})\s*$/;
const DELIMITERS = /^\s*\|?\s*:?-+:?\s*(?:\|\s*:?-+:?\s*)*\|?\s*$/;

export function parseMarkdown(text: string): Block[] {
  const blocks: Block[] = [];
  const lines = text.split(/\r?\n/);
  let at = 0;
  /** The lines from here on for which this holds. */
  const take = (holds: (line: string) => boolean): string[] => {
    const start = at;
    while (at < lines.length && holds(lines[at] ?? '')) at += 1;
    return lines.slice(start, at);
  };
  while (at < lines.length) {
    const line = lines[at] ?? '';
    const heading = /^\s{0,3}#{1,6}\s+(.*?)\s*#*\s*$/.exec(line);
    if (line.trim() === '') {
      at += 1;
    } else if (heading !== null) {
      at += 1;
      blocks.push({ kind: 'heading', content: parseInline(heading[1] ?? '') });
    } else if (RULE.test(line)) {
      at += 1;
      blocks.push({ kind: 'rule' });
    } else if (line.includes('|') && DELIMITERS.test(lines[at + 1] ?? '') && (lines[at + 1] ?? '').includes('-')) {
      at += 2;
      const rows = take((one) => one.includes('|')).map(parseRow);
      blocks.push({ kind: 'table', head: parseRow(line), rows });
    } else if (BULLET.test(line)) {
      const items = take((one) => BULLET.test(one)).map((one) => parseInline(BULLET.exec(one)?.[1] ?? ''));
      blocks.push({ kind: 'list', isOrdered: /^\s*\d/.test(line), items });
    } else if (/^\s*>/.test(line)) {
      const quoted = take((one) => /^\s*>/.test(one)).map((one) => one.replace(/^\s*>\s?/, ''));
      blocks.push({ kind: 'quote', content: parseInline(quoted.join(' ')) });
    } else {
      const first = at;
      const paragraph = take((one) => at === first || !startsAnother(one));
      blocks.push({ kind: 'paragraph', content: parseInline(paragraph.map((one) => one.trim()).join(' ')) });
    }
  }
  return blocks;
}

function startsAnother(line: string): boolean {
  return (
    line.trim() === '' || /^\s{0,3}#{1,6}\s/.test(line) || BULLET.test(line) || RULE.test(line) || /^\s*>/.test(line)
  );
}

function parseRow(line: string): Cell[] {
  // A bar after a backslash belongs to the cell.
  return line
    .trim()
    .replace(/^\||(?<!\\)\|$/g, '')
    .split(/(?<!\\)\|/)
    .map((cell) => parseInline(cell.trim()));
}

/** What is marked has a greatest length, so that long hostile lines take no long time. */
const INLINE =
  /\\(?<escaped>[!-/:-@[-`{-~])|`(?<code>[^`]+)`|\*\*(?<strong>(?:\\.|[^*\\]){1,2000})\*\*|\*(?<emphasis>(?:\\.|[^*\\\s])(?:\\.|[^*\\]){0,2000})\*|\[(?<label>(?:\\.|[^[\]\\]){1,500})\]\((?<url>[^\s()]+)\)/gu;

export function parseInline(text: string): Inline[] {
  const found: Inline[] = [];
  const add = (kind: 'text' | 'strong' | 'emphasis' | 'code', part: string) => {
    if (part === '') return;
    const last = found.at(-1);
    if (kind === 'text' && last?.kind === 'text') found[found.length - 1] = { kind, text: last.text + part };
    else found.push({ kind, text: part });
  };
  let end = 0;
  for (const match of text.matchAll(INLINE)) {
    add('text', toPlain(text.slice(end, match.index)));
    end = match.index + match[0].length;
    const { escaped, code, strong, emphasis, label, url } = match.groups ?? {};
    if (escaped !== undefined) add('text', escaped);
    else if (code !== undefined) add('code', code);
    else if (label !== undefined && url !== undefined) found.push(toLink(toPlain(label), url));
    else if (strong !== undefined) add('strong', toPlain(strong));
    else add('emphasis', toPlain(emphasis ?? ''));
  }
  add('text', toPlain(text.slice(end)));
  return found;
}

/** Only addresses of the web become links; `javascript:` and its like stay text. */
function toLink(text: string, url: string): Inline {
  return isWebAddress(url) ? { kind: 'link', text, url } : { kind: 'text', text };
}

export function isWebAddress(url: string): boolean {
  return URL.canParse(url) && ['https:', 'http:'].includes(new URL(url).protocol);
}

const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", nbsp: '\u00a0' };

/** Backslashes and character references are how Markdown writes signs that would mean something. */
function toPlain(text: string): string {
  return text.replace(
    /\\([!-/:-@[-`{-~])|&#(\d{1,7});|&#x([\da-f]{1,6});|&(\w{2,8});/gi,
    (whole, escaped?: string, decimal?: string, hexadecimal?: string, name?: string) => {
      if (escaped !== undefined) return escaped;
      if (name !== undefined) return Object.hasOwn(ENTITIES, name) ? (ENTITIES[name] ?? whole) : whole;
      const code = decimal === undefined ? Number.parseInt(hexadecimal ?? '', 16) : Number(decimal);
      return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : whole;
    },
  );
}
