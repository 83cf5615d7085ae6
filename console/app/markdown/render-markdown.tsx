import type { PhrasingContent, Root, RootContent, Table } from 'mdast';
import { fromMarkdown } from 'mdast-util-from-markdown';
import { gfmFromMarkdown } from 'mdast-util-gfm';
import { gfm } from 'micromark-extension-gfm';
import { type ComponentChildren, h } from 'preact';
import { ScrollArea } from '../shell/scroll-area.js';
import { text } from '../text/text.js';

/** The text of Markdown as a tree. HTML in it stays what it is: text. */
export function parseMarkdown(markdown: string): Root {
  return fromMarkdown(markdown, { extensions: [gfm()], mdastExtensions: [gfmFromMarkdown()] });
}

/** An address that a card may link to; undefined for all that could run or read something. */
export function safeAddress(url: string): string | undefined {
  try {
    const { protocol, href } = new URL(url);
    return protocol === 'https:' || protocol === 'http:' || protocol === 'mailto:' ? href : undefined;
  } catch {
    return undefined;
  }
}

/** Markdown, with its headings below those of the page. Pictures are told, not fetched. */
export function Markdown({ source, topLevel }: { readonly source: string; readonly topLevel: number }) {
  return (
    <div class="markdown">{parseMarkdown(source).children.map((node, index) => block(node, index, topLevel))}</div>
  );
}

type Node = RootContent | PhrasingContent;

const blocks = (nodes: readonly Node[], topLevel: number): ComponentChildren[] =>
  nodes.map((node, index) => block(node, index, topLevel));

function block(node: Node, key: number, topLevel: number): ComponentChildren {
  const inner = () => blocks((node as { children: Node[] }).children, topLevel);
  switch (node.type) {
    case 'heading':
      return h(`h${Math.min(6, node.depth + topLevel - 1)}`, { key }, inner());
    case 'paragraph':
      return <p key={key}>{inner()}</p>;
    case 'text':
      return node.value;
    case 'html':
      return /^<!--[\s\S]*-->$/.test(node.value) ? null : <code key={key}>{node.value}</code>;
    case 'strong':
      return <strong key={key}>{inner()}</strong>;
    case 'emphasis':
      return <em key={key}>{inner()}</em>;
    case 'delete':
      return <del key={key}>{inner()}</del>;
    case 'inlineCode':
      return <code key={key}>{node.value}</code>;
    case 'code':
      return (
        <ScrollArea key={key} label={node.lang ?? text.model.card}>
          <pre>
            <code>{node.value}</code>
          </pre>
        </ScrollArea>
      );
    case 'break':
      return <br key={key} />;
    case 'thematicBreak':
      return <hr key={key} />;
    case 'blockquote':
      return <blockquote key={key}>{inner()}</blockquote>;
    case 'list':
      return node.ordered ? (
        <ol key={key} start={node.start ?? 1}>
          {inner()}
        </ol>
      ) : (
        <ul key={key}>{inner()}</ul>
      );
    case 'listItem':
      return (
        <li key={key}>
          {typeof node.checked === 'boolean' && `${node.checked ? '☑' : '☐'} `}
          {/* A list whose items are one line each needs no paragraphs. */}
          {node.spread
            ? inner()
            : node.children.map((child, index) =>
                child.type === 'paragraph' ? blocks(child.children, topLevel) : block(child, index, topLevel),
              )}
        </li>
      );
    case 'link': {
      const address = safeAddress(node.url);
      return address === undefined ? (
        <span key={key}>{inner()}</span>
      ) : (
        <a key={key} href={address} rel="noopener noreferrer">
          {inner()}
        </a>
      );
    }
    case 'image':
      return <em key={key}>[{node.alt}]</em>;
    case 'table':
      return <MarkdownTable key={key} table={node} topLevel={topLevel} />;
    default:
      return 'children' in node ? <span key={key}>{inner()}</span> : null;
  }
}

function MarkdownTable({ table, topLevel }: { readonly table: Table; readonly topLevel: number }) {
  const [head, ...rows] = table.children;
  return (
    <ScrollArea label={text.model.card}>
      <table>
        <thead>
          <tr>
            {head?.children.map((cell, index) =>
              // An empty corner heads nothing.
              cell.children.length === 0 ? (
                <td key={index} />
              ) : (
                <th key={index} scope="col">
                  {blocks(cell.children, topLevel)}
                </th>
              ),
            )}
          </tr>
        </thead>
        <tbody>
          {rows.map((row, line) => (
            <tr key={line}>
              {row.children.map((cell, index) =>
                index === 0 ? (
                  <th key={index} scope="row">
                    {blocks(cell.children, topLevel)}
                  </th>
                ) : (
                  <td key={index}>{blocks(cell.children, topLevel)}</td>
                ),
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </ScrollArea>
  );
}
