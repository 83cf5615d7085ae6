import { sha256 } from '../package/checksums.js';
import type { GraphRewrite } from '../package/manifest.js';
import { planRepairs } from './plan-repairs.js';
import { readOnnxGraph } from './read-graph.js';
import { spliceModel } from './splice-model.js';

/** A graph after its repairs, and what was rewritten. */
export interface RepairedModel {
  readonly bytes: Uint8Array;
  readonly original: { readonly sha256: string; readonly sizeBytes: number };
  readonly rewrites: readonly GraphRewrite[];
}

/** Characters of a name that are recorded. */
const LONGEST_SUBJECT = 256;

/** Keys of metadata_props under which a rewritten file says what it was. */
export const ORIGINAL_KEY = 'DeepHealth.OriginalSha256';
export const REWRITES_KEY = 'DeepHealth.Rewrites';

export interface RepairOptions {
  /** False to leave the graph alone. Default true. */
  readonly repairs?: boolean;
  /** Entries of metadata_props to write. */
  readonly metadata?: Readonly<Record<string, string>>;
}

/**
 * The model with every repair that it needs and with the given metadata, and what was done. Nothing else
 * in the file changes. The file says so itself, in `metadata_props`, and the caller records it in the
 * manifest.
 */
export function repairModel(bytes: Uint8Array, options: RepairOptions = {}): RepairedModel {
  const { metadata = {} } = options;
  const repairs = options.repairs === false ? [] : planRepairs(readOnnxGraph(bytes));
  const rewrites: GraphRewrite[] = repairs.map(({ kind, subject, description }) => ({
    kind,
    // Names in a forged file have any length; the manifest's have not.
    subject: subject.slice(0, LONGEST_SUBJECT),
    description,
  }));
  for (const [key, value] of Object.entries(metadata)) {
    rewrites.push({ kind: 'metadata', subject: key, description: `The entry ${key} was set to ${value}.` });
  }
  const original = { sha256: sha256(bytes), sizeBytes: bytes.length };
  if (rewrites.length === 0) return { bytes, original, rewrites };
  const rewritten = spliceModel(bytes, {
    nodes: new Map(repairs.flatMap(({ node }) => (node === undefined ? [] : [[node.index, node.by] as const]))),
    outputs: new Map(
      repairs.flatMap(({ output }) => (output === undefined ? [] : [[output.index, output.by] as const])),
    ),
    metadata: { ...metadata, [ORIGINAL_KEY]: original.sha256, [REWRITES_KEY]: JSON.stringify(rewrites) },
  });
  return { bytes: rewritten, original, rewrites };
}
