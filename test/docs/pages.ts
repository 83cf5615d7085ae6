import { fileURLToPath } from 'node:url';
import { readBlocks } from '../../scripts/docs/read-blocks.mjs';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));

export interface Block {
  readonly page: string;
  readonly line: number;
  readonly language: string;
  readonly text: string;
  readonly mark?: { readonly kind: string; readonly value: string; readonly options: Record<string, string> };
}

export const BLOCKS: readonly Block[] = readBlocks(ROOT);

/** As editors and terminals follow it. */
export const placeOf = ({ page, line }: Block) => `${page}:${line}`;
