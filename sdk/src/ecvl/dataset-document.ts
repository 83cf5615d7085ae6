import { type Document, isAlias, isMap, isScalar, isSeq, LineCounter, parseDocument, visit } from 'yaml';
import { DeepHealthError } from '../errors/deephealth-error.js';
import { quoteName } from '../onnx/quote-name.js';

/** Enough for some 200,000 images; parsing takes about a hundred times as many bytes. */
const LONGEST_FILE_BYTES = 8 * 1024 * 1024;

/** More brackets than this inside of each other are no dataset, and would use up the stack. */
const DEEPEST_NESTING = 20;

/** A value of the file: all scalars are text, as yaml-cpp keeps them until it is asked for a type. */
export type YamlValue = YamlText | readonly YamlValue[] | YamlMap | null;

/** Text of a scalar. */
export type YamlText = string;

export interface YamlMap {
  /** In the order of the file. */
  readonly entries: ReadonlyMap<string, YamlValue>;
}

export function isYamlMap(value: YamlValue | undefined): value is YamlMap {
  return typeof value === 'object' && value !== null && 'entries' in value && !Array.isArray(value);
}

/**
 * The one document of a YAML file, untyped: nothing is made a number or a date, no tag makes an object, and
 * nothing outside the file is opened. Anchors, aliases and tags are refused: datasets have none, and a few
 * lines of them can stand for more entries than any memory holds.
 *
 * @throws DeepHealthError DH_ECVL_FILE_INVALID with the line
 */
export function parseDatasetDocument(bytes: Uint8Array): YamlValue {
  if (bytes.length > LONGEST_FILE_BYTES) throw datasetInvalid(`is larger than ${LONGEST_FILE_BYTES} bytes`);
  const text = withoutOpenCvDirective(decodeUtf8(bytes));
  refuseDeepNesting(text);
  const lines = new LineCounter();
  let document: Document;
  try {
    document = parseDocument(text, {
      schema: 'failsafe',
      version: '1.2',
      lineCounter: lines,
      prettyErrors: false,
      stringKeys: true,
    });
  } catch (cause) {
    throw datasetInvalid('cannot be parsed', cause);
  }
  const [fault] = [...document.errors, ...document.warnings];
  if (fault !== undefined) {
    throw datasetInvalid(`is not YAML at line ${lines.linePos(fault.pos[0]).line} (${fault.code})`);
  }
  visit(document, (_, node) => {
    const isReference = isAlias(node) || ((isScalar(node) || isMap(node) || isSeq(node)) && node.anchor !== undefined);
    const isTagged = (isScalar(node) || isMap(node) || isSeq(node)) && node.tag !== undefined;
    if (!isReference && !isTagged) return undefined;
    const line = lines.linePos(node.range?.[0] ?? 0).line;
    throw datasetInvalid(`uses an anchor, alias or tag at line ${line}, which datasets must not. Write the value out`);
  });
  return toValue(document.contents);
}

/** OpenCV writes `%YAML:1.2`, which is no directive of YAML; ECVL's own example has it. */
function withoutOpenCvDirective(text: string): string {
  return text.replace(/^\uFEFF?%YAML:1\.\d[ \t]*(?=\r?\n)/, (line) => `#${line.slice(1)}`);
}

function decodeUtf8(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw datasetInvalid('is not text in UTF-8', cause);
  }
}

/** Looks at brackets and at dashes in a row; quoted ones count too, which no real file has so many of. */
function refuseDeepNesting(text: string): void {
  let depth = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === 0x5b || code === 0x7b) depth += 1;
    else if (code === 0x5d || code === 0x7d) depth = Math.max(0, depth - 1);
    if (depth > DEEPEST_NESTING) throw datasetInvalid(`nests deeper than ${DEEPEST_NESTING}`);
  }
  if (/^[ \t]*(?:[-?:][ \t]+){21}/m.test(text)) throw datasetInvalid(`nests deeper than ${DEEPEST_NESTING}`);
}

function toValue(node: unknown): YamlValue {
  if (isMap(node)) {
    const entries = new Map<string, YamlValue>();
    for (const { key, value } of node.items)
      entries.set(isScalar(key) ? String(key.value) : String(key), toValue(value));
    return { entries };
  }
  if (isSeq(node)) return node.items.map(toValue);
  if (!isScalar(node)) return null;
  const text = typeof node.value === 'string' ? node.value : '';
  const isPlain = node.type === undefined || node.type === 'PLAIN';
  return isPlain && /^(?:~|null|Null|NULL|)$/.test(text) ? null : text;
}

export function datasetInvalid(problem: string, cause?: unknown): DeepHealthError {
  return new DeepHealthError(
    'DH_ECVL_FILE_INVALID',
    `The dataset file ${problem}.`,
    cause === undefined ? {} : { cause },
  );
}

/** How a value is called in a message. */
export function describeYaml(value: YamlValue | undefined): string {
  if (value === undefined) return 'absent';
  if (value === null) return 'empty';
  if (typeof value === 'string') return quoteName(value);
  return isYamlMap(value) ? 'a map' : `a list of ${(value as readonly YamlValue[]).length}`;
}
