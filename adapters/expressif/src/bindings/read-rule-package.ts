import { realpath } from 'node:fs/promises';
import { DeepHealthError, type Manifest, packageFileReader, readModelPackage } from '@deephealth/sdk';
import { formatOf, readKnowledgeBase } from '../formats/knowledge-base-format.js';
import type { KnowledgeBase } from '../knowledge-base.js';
import { checkAgainstRules } from './check-against-rules.js';
import type { ExpressifBinding, RuleBaseBinding } from './expressif-binding.js';
import { BINDING_FILE, bindingInvalid, parseBinding } from './parse-binding.js';

/** A model package with the rule bases that read the model. */
export interface RulePackage {
  readonly manifest: Manifest;
  readonly packageSha256: string;
  readonly ruleBases: readonly PackagedRuleBase[];
}

export interface PackagedRuleBase {
  readonly binding: RuleBaseBinding;
  readonly knowledgeBase: KnowledgeBase;
}

/**
 * Reads a package and checks all of it.
 *
 * @throws what readModelPackage throws, DH_RULES_BINDING_INVALID, DH_RULES_MALFORMED and DH_RULES_INCONSISTENT
 */
export async function readRulePackage(path: string): Promise<RulePackage> {
  const folder = await realpath(path).catch(() => path);
  const { manifest, packageSha256, fileSizes } = await readModelPackage(folder);
  if (!fileSizes.has(BINDING_FILE)) {
    throw bindingInvalid(
      `The package ${manifest.name} ${manifest.version} has no ${BINDING_FILE}, so no rules read it.`,
      '/',
    );
  }
  const bytesOf = await packageFileReader(folder, packageSha256);
  const read = async (file: string) => new TextDecoder('utf-8', { fatal: true }).decode(await bytesOf(file));
  const binding: ExpressifBinding = parseBinding(await read(BINDING_FILE), manifest);
  const ruleBases: PackagedRuleBase[] = [];
  for (const [index, one] of binding.ruleBases.entries()) {
    if (!fileSizes.has(one.rules)) {
      throw bindingInvalid(
        `${BINDING_FILE}: Field "/ruleBases/${index}/rules": The package has no file of this name.`,
        `/ruleBases/${index}/rules`,
      );
    }
    const knowledgeBase = await readRules(one.rules, read);
    checkAgainstRules(one, index, knowledgeBase);
    ruleBases.push({ binding: one, knowledgeBase });
  }
  return { manifest, packageSha256, ruleBases };
}

async function readRules(file: string, read: (file: string) => Promise<string>): Promise<KnowledgeBase> {
  const text = await read(file).catch((thrown) => {
    if (!(thrown instanceof TypeError)) throw thrown;
    throw new DeepHealthError('DH_RULES_MALFORMED', `"${file}" is no text in UTF-8.`, {
      details: { file },
      cause: thrown,
    });
  });
  try {
    return readKnowledgeBase(text, formatOf(file) ?? 'fll').knowledgeBase;
  } catch (thrown) {
    const error = DeepHealthError.from(thrown);
    throw new DeepHealthError(error.code, `${file}: ${error.message}`, {
      details: { ...error.details, file },
      cause: thrown,
    });
  }
}
