// A page for each public entry: every export with its comment and declaration, from the built declarations.
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parseAst } from 'vite';
import { page } from './markdown.mjs';

const COMMENT = /\/\*\*(?:(?!\*\/)[\s\S])*\*\/\s*$/;
/** Parts of a page, in this order. */
const KINDS = ['function', 'class', 'constant', 'type'];
const HEADINGS = { function: 'Functions', class: 'Classes', constant: 'Constants', type: 'Types' };

/** @param entry { name: "@deephealth/sdk", title, source, intro } and the path of its index.d.ts */
export function renderDeclarations({ name, source, intro }, index) {
  const files = new Map();
  const exported = exportsOf(files, index).sort((a, b) => (a.name < b.name ? -1 : 1));
  const sections = KINDS.flatMap((kind) => {
    const own = exported.filter((one) => one.kind === kind);
    return own.length === 0 ? [] : [`\n## ${HEADINGS[kind]}\n`, ...own.map(section)];
  });
  const spaces = exported.filter(({ kind }) => kind === 'namespace');
  const generated = spaces.map(({ name: space }) => `\n\`${space}\`: types that are generated from the contract.\n`);
  return page(name, `\`${source}\``, intro) + generated.join('') + sections.join('');
}

/** The names that an entry exports and that have no comment. */
export function undocumented(index) {
  return exportsOf(new Map(), index)
    .filter(({ comment, kind }) => comment === '' && kind !== 'namespace')
    .map(({ name }) => name);
}

const section = ({ name, comment, text }) =>
  `\n### ${name}\n${comment === '' ? '' : `\n${comment}\n`}\n\`\`\`typescript\n${text}\n\`\`\`\n`;

/** Every export of a file, followed to where it is declared. */
function exportsOf(files, file) {
  return readDeclarations(files, file).exports.flatMap((one) => {
    if (one.all !== undefined) {
      if (one.name !== undefined) return [{ name: one.name, kind: 'namespace', comment: '', text: '' }];
      return exportsOf(files, one.all);
    }
    return [{ ...find(files, file, one.local), name: one.name }];
  });
}

/** A declaration by its local name, in the file or in one that it comes from. */
function find(files, file, local) {
  const { declared, imported, exports } = readDeclarations(files, file);
  const own = declared.get(local);
  if (own !== undefined) return own;
  const from = imported.get(local) ?? exports.find((one) => one.name === local && one.from !== undefined);
  if (from !== undefined) return find(files, from.from, from.original);
  const through = exports.filter((one) => one.all !== undefined && one.name === undefined);
  for (const { all } of through) {
    const found = find(files, all, local);
    if (found !== undefined) return found;
  }
  return undefined;
}

function readDeclarations(files, file) {
  const known = files.get(file);
  if (known !== undefined) return known;
  const text = readFileSync(file, 'utf8');
  const read = { declared: new Map(), imported: new Map(), exports: [] };
  files.set(file, read);
  const beside = (source) => pathOf(file, source);
  for (const node of parseAst(text, { lang: 'dts' }).body) {
    if (node.type === 'ImportDeclaration') {
      for (const { local, imported } of node.specifiers) {
        read.imported.set(local.name, { from: beside(node.source.value), original: imported?.name ?? local.name });
      }
    } else if (node.type === 'ExportAllDeclaration') {
      read.exports.push({ all: beside(node.source.value), name: node.exported?.name });
    } else if (node.type === 'ExportNamedDeclaration' && node.source !== null) {
      const from = beside(node.source.value);
      for (const { local, exported } of node.specifiers) {
        read.exports.push({ name: exported.name, local: exported.name, from, original: local.name });
      }
    } else if (node.type === 'ExportNamedDeclaration' && node.declaration === null) {
      for (const { local, exported } of node.specifiers) read.exports.push({ name: exported.name, local: local.name });
    } else {
      declare(read, node, text);
    }
  }
  return read;
}

function declare(read, node, text) {
  const isExported = node.type === 'ExportNamedDeclaration';
  const declaration = isExported ? node.declaration : node;
  for (const { id, kind } of namesOf(declaration)) {
    const raw = COMMENT.exec(text.slice(0, node.start))?.[0] ?? '';
    const shown = text
      .slice(declaration.start, node.end)
      .replace(/^declare /, '')
      .replace(/^ {4}/gm, '  ');
    const before = read.declared.get(id);
    // Further signatures of a function, and an interface or type beside a constant of the same name.
    if (before === undefined) read.declared.set(id, { kind, comment: plain(raw), text: shown });
    else read.declared.set(id, { ...before, text: `${before.text}\n${shown}` });
    if (isExported && before === undefined) read.exports.push({ name: id, local: id });
  }
}

function namesOf(declaration) {
  switch (declaration?.type) {
    case 'TSDeclareFunction':
    case 'FunctionDeclaration':
      return [{ id: declaration.id.name, kind: 'function' }];
    case 'ClassDeclaration':
      return [{ id: declaration.id.name, kind: 'class' }];
    case 'VariableDeclaration':
      return declaration.declarations.map(({ id }) => ({ id: id.name, kind: 'constant' }));
    case 'TSInterfaceDeclaration':
    case 'TSTypeAliasDeclaration':
    case 'TSEnumDeclaration':
      return [{ id: declaration.id.name, kind: 'type' }];
    default:
      return [];
  }
}

/** The text of a comment, with its tags as a list. */
const plain = (comment) =>
  comment
    .replace(/^\/\*\*|\*\/\s*$/g, '')
    .replace(/^[ \t]*\* ?/gm, '')
    .replace(/\{@link (\w+)[^}]*\}/g, '`$1`')
    .replace(/</g, '&lt;')
    .replace(/^@param (\S+) ?/gm, '- `$1`: ')
    .replace(/^@(returns|throws) ?/gm, '- $1: ')
    .replace(/^@(\w+) ?/gm, '- $1: ')
    .trim();

/** Relative, or the public entry of another package of ours. */
function pathOf(file, source) {
  if (source.startsWith('.')) return join(dirname(file), source.replace(/\.js$/, '.d.ts'));
  const [, name, sub] = /^(@deephealth\/[^/]+)(?:\/(.+))?$/.exec(source) ?? [];
  if (name === undefined) return source;
  const folder = packageFolder(dirname(file), name);
  const { exports } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  return join(folder, exports[sub === undefined ? '.' : `./${sub}`].types);
}

function packageFolder(from, name) {
  const folder = join(from, 'node_modules', name);
  if (existsSync(folder)) return folder;
  if (dirname(from) === from) throw new Error(`${name} is not installed.`);
  return packageFolder(dirname(from), name);
}
