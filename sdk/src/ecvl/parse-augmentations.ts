import { DeepHealthError } from '../errors/deephealth-error.js';
import { quoteName } from '../onnx/quote-name.js';

/** A value of the ECVL Augmentation Language. */
export type AugmentationValue =
  | { readonly type: 'number'; readonly number: number }
  | { readonly type: 'range' | 'vector'; readonly numbers: readonly number[] }
  | { readonly type: 'string'; readonly text: string };

/** One augmentation, or a container with those inside of it. */
export interface AugmentationNode {
  readonly name: string;
  /** From 1. */
  readonly line: number;
  readonly parameters: ReadonlyMap<string, AugmentationValue>;
  /** Of a container. */
  readonly children?: readonly AugmentationNode[];
}

const LONGEST_TEXT = 65_536;
const DEEPEST_NESTING = 32;

const CONTAINERS = new Set(['SequentialAugmentationContainer', 'OneOfAugmentationContainer']);

/**
 * Reads the text of an ECVL augmentation: `Name parameter=value ...`, one on a line, containers closed by
 * `end`. What ECVL 1.0.3 throws on, crashes on or ignores without a word is refused here.
 *
 * @throws DeepHealthError DH_ECVL_FILE_INVALID with the line
 */
export function parseAugmentations(text: string): AugmentationNode {
  if (text.length > LONGEST_TEXT) throw augmentationInvalid(1, `The text is longer than ${LONGEST_TEXT} characters.`);
  const lines = text.split(/\r\n|\r|\n/);
  let next = 0;

  const nextLine = (): { line: number; content: string } | undefined => {
    while (next < lines.length) {
      const content = (lines[next++] as string).trim();
      if (content === '') continue;
      if (/^(#|\/\/)/.test(content)) {
        throw augmentationInvalid(next, 'Comments are not part of the language; ECVL throws on them. Delete the line.');
      }
      return { line: next, content };
    }
    return undefined;
  };

  const read = ({ line, content }: { line: number; content: string }, depth: number): AugmentationNode => {
    if (depth > DEEPEST_NESTING) throw augmentationInvalid(line, `Containers nest deeper than ${DEEPEST_NESTING}.`);
    const [, name = '', rest = ''] = /^(\S+)\s*(.*)$/.exec(content) ?? [];
    const parameters = parseParameters(rest, line);
    if (!CONTAINERS.has(name)) return { name, line, parameters };
    const children: AugmentationNode[] = [];
    for (;;) {
      const inner = nextLine();
      if (inner === undefined) {
        throw augmentationInvalid(line, `The container ${name} has no "end", so ECVL throws. Add a line with "end".`);
      }
      if (inner.content === 'end') return { name, line, parameters, children };
      children.push(read(inner, depth + 1));
    }
  };

  const first = nextLine();
  if (first === undefined) throw augmentationInvalid(1, 'The text holds no augmentation.');
  const root = read(first, 1);
  const after = nextLine();
  if (after !== undefined) {
    throw augmentationInvalid(
      after.line,
      'ECVL reads one augmentation and ignores what follows it. Put all of them into a SequentialAugmentationContainer.',
    );
  }
  return root;
}

const PARAMETER = /^([A-Za-z_][A-Za-z0-9_]*)\s*=\s*(?:"([^"]*)"|\[([^\]]*)\]|\(([^)]*)\)|([^\s"[(]+))\s*/;

function parseParameters(text: string, line: number): Map<string, AugmentationValue> {
  const parameters = new Map<string, AugmentationValue>();
  let rest = text;
  while (rest !== '') {
    const match = PARAMETER.exec(rest);
    if (match === null) {
      throw augmentationInvalid(
        line,
        `${quoteName(rest)} is not name=value with a number, "text", [range] or (vector). Write one augmentation on a line.`,
      );
    }
    const [whole, name = '', string, range, vector, number = ''] = match;
    if (parameters.has(name)) throw augmentationInvalid(line, `The parameter ${name} comes twice. Keep one.`);
    if (string !== undefined) parameters.set(name, { type: 'string', text: string });
    else if (range !== undefined) parameters.set(name, { type: 'range', numbers: parseNumbers(range, line, name) });
    else if (vector !== undefined) parameters.set(name, { type: 'vector', numbers: parseNumbers(vector, line, name) });
    else parameters.set(name, { type: 'number', number: parseNumber(number, line, name) });
    rest = rest.slice(whole.length);
  }
  return parameters;
}

function parseNumbers(text: string, line: number, name: string): number[] {
  return text.split(',').map((part) => parseNumber(part.trim(), line, name));
}

function parseNumber(text: string, line: number, name: string): number {
  if (/^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/.test(text) && Number.isFinite(Number(text))) return Number(text);
  throw augmentationInvalid(line, `The parameter ${name} holds ${quoteName(text)}, which is not a number.`);
}

export function augmentationInvalid(line: number, problem: string): DeepHealthError {
  return new DeepHealthError('DH_ECVL_FILE_INVALID', `Augmentations, line ${line}: ${problem}`, {
    details: { line: String(line) },
  });
}
