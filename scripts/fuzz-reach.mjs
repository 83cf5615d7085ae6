// npm run fuzz:reach: writes fuzz/reached.json, which readers of foreign bytes the targets reach, by what a guided run
// over all of them left below .build: npm run fuzz:guided -- "" --seconds 1
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { foreignReaders } from '../fuzz/foreign-readers.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const called = new Set(
  readFileSync(join(root, '.build', 'fuzz-guided', 'reached.txt'), 'utf8')
    .split('\n')
    // A build may number functions of one name: parseBinding2.
    .flatMap((line) => {
      const [, place, name] =
        /\/((?:adapters\/[\w-]+|sdk|runtime|cli|proto|native))\/(?:src|lib|dist|test)\/\S* (\w+?)\d*$/.exec(line) ?? [];
      return name === undefined ? [] : [`${place} ${name}`];
    }),
);
const readers = foreignReaders(root);
const reached = readers.filter((reader) => called.has(reader));
writeFileSync(join(root, 'fuzz', 'reached.json'), `${JSON.stringify(reached, null, 2)}\n`);
process.stdout.write(`${reached.length} of ${readers.length} readers are reached, not these:\n`);
for (const reader of readers.filter((one) => !called.has(one))) process.stdout.write(`${reader}\n`);
