import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const PACKAGES = [
  ...['sdk', 'runtime', 'cli', 'proto'].map((name) => [name, join(name, 'src')]),
  ...['clinical-decision-support', 'digital-pathology', 'expressif', 'piaf'].map((name) => [
    `adapters/${name}`,
    join('adapters', name, 'src'),
  ]),
  ['native', join('native', 'lib')],
];
const NAME = '(?:parse|read|decode|import|sniff|unpack|inflate|clean|blank|from)[A-Z]\\w*';
const BYTES_OR_TEXT =
  '(?:readonly )?(?:Uint8Array|Buffer|string|unknown|Readable|Readonly<Record<string, unknown>>|HttpRequest)\\b';
/** Readers of files by name are not meant: what is in the file goes to a reader of bytes. */
const READER = new RegExp(
  `^export (?:async )?function\\*? (${NAME})(?:<[^(]*>)?\\(\\s*(?!path\\b|folder\\b|root\\b)\\w+: ${BYTES_OR_TEXT}`,
  'gm',
);

/**
 * Functions of the sources that read bytes, texts or documents from outside, by their names and what they take:
 * "sdk parseManifest". The suite that judges others is not among them: it reads its own cases, and answers of what it
 * judges, on the machine of whoever judges.
 *
 * @param {ReadonlyMap<string, string>} more further sources by their path
 */
export function foreignReaders(root, more = new Map()) {
  const found = PACKAGES.flatMap(([name, folder]) => {
    const files = readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .map((file) => file.replaceAll('\\', '/'))
      .filter((file) => /\.ts$/.test(file) && !/\.test\.ts$|\.d\.ts$|(?:^|\/)(?:testing|generated)\//.test(file));
    const sources = [
      ...files.map((file) => readFileSync(join(root, folder, file), 'utf8')),
      ...[...more].filter(([path]) => path.startsWith(folder.replaceAll('\\', '/'))).map(([, source]) => source),
    ];
    return sources.flatMap((source) => [...source.matchAll(READER)].map(([, reader]) => `${name} ${reader}`));
  });
  return [...new Set(found)].sort();
}
