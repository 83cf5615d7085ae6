import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { protoRoot } from './load-contract.js';

/** A normative sentence of the contract, as its comments state it. */
export interface Requirement {
  /** "DH-R-001". */
  readonly id: string;
  readonly text: string;
  /** Path of the file relative to {@link protoRoot}. */
  readonly file: string;
}

/** All requirements in the comments of our own proto files, by id. */
export function contractRequirements(): Requirement[] {
  const found: Requirement[] = [];
  for (const file of readdirSync(join(protoRoot, 'deephealth'), { recursive: true, encoding: 'utf8' })) {
    if (!file.endsWith('.proto')) continue;
    const source = readFileSync(join(protoRoot, 'deephealth', file), 'utf8');
    for (const block of source.match(/(?:^[ \t]*\/\/.*\n)+/gm) ?? []) {
      const text = block.replace(/^[ \t]*\/\/ ?/gm, '').replace(/\s+/g, ' ');
      for (const match of text.matchAll(/\[(DH-R-\d{3})\] (.*?)(?=\[DH-R-\d{3}\]|$)/g)) {
        found.push({ id: match[1] as string, text: (match[2] as string).trim(), file: `deephealth/${file}` });
      }
    }
  }
  return found.sort((a, b) => (a.id < b.id ? -1 : 1));
}
