import { readFile } from 'node:fs/promises';
import { basename, dirname, resolve } from 'node:path';
import { DeepHealthError } from '@deephealth/sdk';
import { withAbsolutePaths } from './absolute-paths.js';
import { configContradictions } from './config-contradictions.js';
import { configSchemaProblems } from './config-schema.js';
import { jsonErrorPosition } from './json-error-position.js';
import type { ServerConfig } from './server-config.js';

const PROBLEMS_SHOWN = 5;
const MAX_FILE_BYTES = 1024 * 1024;

/**
 * Reads a configuration file. Relative files and folders in it start at the file's own folder, and are
 * absolute in the result. Throws DH_CONFIG_INVALID as {@link parseServerConfig} does, or if the file
 * cannot be read; the message holds its name and never its path.
 */
export async function loadServerConfig(path: string): Promise<ServerConfig> {
  const name = basename(path);
  let bytes: Uint8Array;
  try {
    bytes = await readFile(path);
  } catch (cause) {
    throw invalid(
      `${name} is not there or cannot be read. Check its path and that it is a file.`,
      { file: name },
      cause,
    );
  }
  const config = parseServerConfig(bytes, name);
  return withAbsolutePaths(config, dirname(resolve(path)));
}

/**
 * Bytes of a configuration file, which messages call `name`. Throws DH_CONFIG_INVALID with one
 * sentence for each problem, at most five.
 */
export function parseServerConfig(bytes: Uint8Array, name: string): ServerConfig {
  if (bytes.byteLength > MAX_FILE_BYTES)
    throw invalid(`${name} is larger than 1 MiB, so it is no configuration.`, { file: name });
  const document = parseJson(bytes, name);
  const problems = configSchemaProblems(document);
  // Contradictions are only looked for in a document whose fields are what they should be.
  if (problems.length === 0) problems.push(...configContradictions(document as ServerConfig));
  const [first] = problems;
  if (first === undefined) {
    const { $schema: _, ...config } = document as ServerConfig & { $schema?: string };
    return config;
  }
  const shown = problems.slice(0, PROBLEMS_SHOWN).map(({ sentence }) => sentence);
  if (problems.length > PROBLEMS_SHOWN) shown.push(`And ${problems.length - PROBLEMS_SHOWN} more.`);
  const { field, expected, received } = first;
  throw invalid(`${name}: ${shown.join(' ')}`, { file: name, field: field || '/', expected, received });
}

function parseJson(bytes: Uint8Array, name: string): unknown {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw invalid(`${name} is not text in UTF-8. Save it as UTF-8.`, { file: name }, cause);
  }
  try {
    return JSON.parse(text);
  } catch {
    const where = lineAndColumn(text, jsonErrorPosition(text) ?? 0);
    throw invalid(`${name} is not JSON at ${where}. Check commas, quotes and brackets; comments are not allowed.`, {
      file: name,
    });
  }
}

function lineAndColumn(text: string, position: number): string {
  const lines = text.slice(0, position).split('\n');
  return `line ${lines.length}, column ${(lines.at(-1)?.length ?? 0) + 1}`;
}

function invalid(message: string, details: Readonly<Record<string, string>>, cause?: unknown): DeepHealthError {
  return new DeepHealthError('DH_CONFIG_INVALID', message, { details, cause });
}
