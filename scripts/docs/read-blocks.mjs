// The code blocks of the documentation, each with the mark that says how it is held.
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join, relative, sep } from 'node:path';
import { fromMarkdown } from 'mdast-util-from-markdown';

const FOLDERS = ['docs', 'proto', 'sdk', 'native', 'runtime', 'conformance', 'adapters', 'cli', 'samples'];
const MORE_FOLDERS = ['interop', 'bench', 'fuzz', 'soak'];
/** Decisions are of their time. */
const LEFT_OUT = new Set(['node_modules', 'dist', 'build', '.build', 'generated', 'adr']);
/** Generated, and held as a whole by test/reference.test.ts. */
const GENERATED = 'docs/reference';

/** Kinds of marks. A block of TypeScript needs none: it is held against the types in any case. */
export const MARKS = ['run', 'output', 'checked', 'types', 'shown'];

/**
 * All pages: of the root, below docs/ but decisions and the generated reference, and every README of a package. Paths
 * from the root.
 */
export function listPages(root) {
  const found = ['README.md', 'CONTRIBUTING.md', 'SECURITY.md'];
  const walk = (folder) => {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      const path = join(folder, entry.name);
      const name = relative(root, path).split(sep).join('/');
      if (entry.isDirectory() && !LEFT_OUT.has(entry.name) && name !== GENERATED) walk(path);
      if (entry.isFile() && (basename(path) === 'README.md' || (name.startsWith('docs/') && name.endsWith('.md')))) {
        found.push(name);
      }
    }
  };
  for (const folder of [...FOLDERS, ...MORE_FOLDERS]) walk(join(root, folder));
  return found.sort();
}

/** Every code block of every page, in order. */
export function readBlocks(root) {
  return listPages(root).flatMap((page) => blocksOf(page, readFileSync(join(root, page), 'utf8')));
}

/** The code blocks of one page. */
export function blocksOf(page, markdown) {
  const blocks = [];
  const visit = (node) => {
    const children = node.children ?? [];
    children.forEach((child, index) => {
      if (child.type === 'code') {
        const before = children[index - 1];
        blocks.push({
          page,
          line: child.position.start.line,
          language: child.lang ?? '',
          text: child.value,
          mark: before?.type === 'html' ? parseMark(before.value) : undefined,
        });
      } else visit(child);
    });
  };
  visit(fromMarkdown(markdown));
  return blocks;
}

/**
 * `<!-- kind: value; option=value -->`: the kind is one of MARKS, the value a place, a schema, declarations or a
 * reason. Only places and schemas have options.
 */
export function parseMark(html) {
  const [, kind, rest] = /^<!--\s*([a-z]+):\s*([\s\S]*?)\s*-->$/.exec(html.trim()) ?? [];
  if (!MARKS.includes(kind)) return undefined;
  if (kind !== 'run' && kind !== 'checked') return { kind, value: rest, options: {} };
  const [value, ...options] = rest.split(/;\s*/);
  return { kind, value, options: Object.fromEntries(options.map((one) => one.split(/=(.*)/s, 2))) };
}
