import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import {
  formatOf,
  type KnowledgeBase,
  type KnowledgeBaseFormat,
  readKnowledgeBase,
} from '@deephealth/adapter-expressif';
import { DeepHealthError } from '@deephealth/sdk';

/** A rule base with what its format did not say and was chosen, or said in another way than the standard. */
export interface RulesFile {
  readonly knowledgeBase: KnowledgeBase;
  readonly notes: readonly string[];
}

/** Reads a file of rules by its ending. Throws DH_REQUEST_MALFORMED, DH_RULES_MALFORMED and DH_RULES_INCONSISTENT. */
export async function readRulesFile(path: string): Promise<RulesFile> {
  const file = basename(path);
  const format = formatOfFile(file);
  const text = await readText(path, file);
  try {
    return readKnowledgeBase(text, format);
  } catch (thrown) {
    const error = DeepHealthError.from(thrown);
    if (error.code === 'DH_INTERNAL') throw error;
    throw new DeepHealthError(error.code, `"${file}": ${error.message}`, {
      details: { ...error.details, file },
      cause: thrown,
    });
  }
}

/** The format of a file by its ending. Throws DH_REQUEST_MALFORMED. */
export function formatOfFile(file: string): KnowledgeBaseFormat {
  const format = formatOf(file);
  if (format !== undefined) return format;
  throw new DeepHealthError('DH_REQUEST_MALFORMED', `"${file}" must end in .fll, .fcl, .fml or .xml.`, {
    details: { file },
  });
}

/** The text of a file. Throws DH_REQUEST_MALFORMED. */
export async function readText(path: string, file: string): Promise<string> {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(await readFile(path));
  } catch (cause) {
    const what = cause instanceof TypeError ? 'is no text in UTF-8' : 'cannot be read. Check the path';
    throw new DeepHealthError('DH_REQUEST_MALFORMED', `The file "${file}" ${what}.`, { details: { file }, cause });
  }
}
