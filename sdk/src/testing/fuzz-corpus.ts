import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** An input that was worth keeping: what a reader once failed at, or what reaches code that others do not. */
export interface KeptInput {
  readonly name: string;
  readonly bytes: Buffer;
  /** Seeds what else may vary while it is read. */
  readonly readSeed: number;
}

/** The folder of a target in `corpus/`: its name with nothing but letters, digits and dashes. */
export function corpusName(parser: string): string {
  return parser
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '');
}

/** Kept inputs of a target, in the order of their names. None where it has no folder. */
export function readKept(folder: string, parser: string): KeptInput[] {
  const place = join(folder, 'corpus', corpusName(parser));
  if (!existsSync(place)) return [];
  return readdirSync(place)
    .sort()
    .map((name) => ({
      name,
      bytes: readFileSync(join(place, name)),
      readSeed: Number(/^[0-9a-f]+-(\d+)\.bin$/.exec(name)?.[1] ?? 0),
    }));
}

/** Adds an input to the corpus, unless it is there. Gives its name within the folder. */
export function keepInput(folder: string, parser: string, bytes: Uint8Array, readSeed: number): string {
  const place = join(folder, 'corpus', corpusName(parser));
  mkdirSync(place, { recursive: true });
  const name = `${createHash('sha256').update(bytes).digest('hex').slice(0, 12)}-${readSeed}.bin`;
  writeFileSync(join(place, name), bytes);
  return join(corpusName(parser), name);
}
