import { SaxesParser } from 'saxes';
import { malformed, type Position } from '../rule-errors.js';

/** An element of an XML document. */
export type XmlElement = Position & {
  /** Without its prefix. */
  readonly name: string;
  readonly namespace: string;
  /** Of no namespace, by their names. */
  readonly attributes: ReadonlyMap<string, string>;
  readonly children: readonly XmlElement[];
  /** What stands directly in it, without the space around. */
  readonly text: string;
};

type Open = Position & {
  name: string;
  namespace: string;
  attributes: Map<string, string>;
  children: XmlElement[];
  text: string;
};

/** How deep elements may lie in each other: what goes through them goes down their nesting. */
const MAX_DEPTH = 200;

/**
 * Reads a document into its elements. Nothing is fetched and nothing is expanded but the five entities of XML
 * itself: a document type declaration is refused.
 *
 * @throws DH_RULES_MALFORMED naming line and column
 */
export function parseXml(text: string): XmlElement {
  const parser = new SaxesParser({ xmlns: true, position: true });
  const lines = text.split(/\r\n|\r|\n/);
  const open: Open[] = [];
  let root: XmlElement | undefined;
  let start: Position = { line: 1, column: 1 };
  const here = (): Position => ({ line: parser.line, column: Math.max(1, parser.columnIndex) });
  parser.on('error', ({ message }) => {
    throw malformed(`no well-formed XML (${plain(message)})`, here());
  });
  parser.on('doctype', () => {
    throw malformed('a document type declaration is refused', here());
  });
  parser.on('opentagstart', ({ name }) => {
    start = startOf(name, parser, lines);
    if (open.length === MAX_DEPTH) throw malformed(`more than ${MAX_DEPTH} elements lie in each other`, start);
  });
  parser.on('opentag', ({ local, uri, attributes }) => {
    const own = Object.values(attributes).filter((attribute) => attribute.uri === '');
    const values = new Map(own.map((attribute) => [attribute.local, attribute.value] as const));
    const element = { name: local, namespace: uri, attributes: values, children: [], text: '', ...start };
    open.at(-1)?.children.push(element);
    root ??= element;
    open.push(element);
  });
  const addText = (part: string): void => {
    const element = open.at(-1);
    if (element !== undefined) element.text += part;
  };
  parser.on('text', addText);
  parser.on('cdata', addText);
  parser.on('closetag', () => {
    const element = open.pop();
    if (element !== undefined) element.text = element.text.trim();
  });
  parser.write(text).close();
  return root as XmlElement;
}

/** Where the element begins whose name was read just now. */
function startOf(name: string, { line, columnIndex }: SaxesParser<object>, lines: readonly string[]): Position {
  // A name at the end of its line is known for one only in the next.
  if (columnIndex === 0) return { line: line - 1, column: Math.max(1, (lines[line - 2] ?? '').length - name.length) };
  return { line, column: Math.max(1, columnIndex - name.length - 1) };
}

/** Without the place, which stands in the error already. */
const plain = (message: string): string =>
  message
    .replace(/^\d+:\d+: /, '')
    .replace(/\.$/, '')
    .slice(0, 80);
