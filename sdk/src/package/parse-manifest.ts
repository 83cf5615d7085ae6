import { DeepHealthError } from '../errors/deephealth-error.js';
import type { Manifest } from './manifest.js';
import { manifestContradictions } from './manifest-contradictions.js';
import { schemaProblems } from './schema-validator.js';

const PROBLEMS_SHOWN = 5;

/**
 * Bytes of a model.json as a {@link Manifest}.
 * Throws DH_MANIFEST_MALFORMED if they are not JSON in UTF-8, DH_MANIFEST_INVALID if they break the
 * schema or contradict themselves. The message holds one sentence per problem, at most five.
 */
export function parseManifest(bytes: Uint8Array): Manifest {
  const document = parseJson(bytes, 'DH_MANIFEST_MALFORMED', 'model.json');
  const problems = schemaProblems('model', document);
  // Contradictions are only looked for in a document whose fields are what they should be.
  if (problems.length === 0) problems.push(...manifestContradictions(document as Manifest));
  if (problems.length > 0) {
    const shown = problems.slice(0, PROBLEMS_SHOWN).map((p) => p.sentence);
    if (problems.length > PROBLEMS_SHOWN) shown.push(`And ${problems.length - PROBLEMS_SHOWN} more.`);
    throw new DeepHealthError('DH_MANIFEST_INVALID', `model.json: ${shown.join(' ')}`, {
      details: { file: 'model.json', field: problems[0]?.field || '/' },
    });
  }
  return document as Manifest;
}

/** JSON in UTF-8; throws `code` naming `file` and, where the parser tells, the position. */
export function parseJson(
  bytes: Uint8Array,
  code: 'DH_MANIFEST_MALFORMED' | 'DH_GOLDEN_MALFORMED',
  file: string,
): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (cause) {
    const position = cause instanceof SyntaxError ? /position (\d+)/.exec(cause.message)?.[1] : undefined;
    const where = position === undefined ? '' : ` at character ${position}`;
    throw new DeepHealthError(code, `${file} is not JSON in UTF-8${where}. Correct it, or restore the file.`, {
      details: { file },
      cause,
    });
  }
}
