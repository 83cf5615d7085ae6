/** A value that can be written; bigints become whole numbers with all their digits. */
export type WritableJson =
  | null
  | boolean
  | number
  | bigint
  | string
  | readonly WritableJson[]
  | { readonly [key: string]: WritableJson | undefined };

/** Characters collected before they become bytes, so that no text nears the longest that V8 has. */
const PART_LENGTH = 2 ** 20;

/**
 * Writes JSON as parts that follow each other. `JSON.stringify` refuses bigints, turns NaN into
 * null and loses the sign of zero; here the first is written, the second throws RangeError and the
 * third stays. Fields that are undefined are left out.
 */
export function writeJson(value: WritableJson): Buffer[] {
  const parts: Buffer[] = [];
  let text = '';
  const flush = () => {
    if (text !== '') parts.push(Buffer.from(text));
    text = '';
  };
  const write = (item: WritableJson): void => {
    if (Array.isArray(item)) {
      text += '[';
      for (let index = 0; index < item.length; index++) {
        if (index > 0) text += ',';
        write(item[index]);
        if (text.length > PART_LENGTH) flush();
      }
      text += ']';
    } else if (typeof item === 'object' && item !== null) {
      text += '{';
      let separator = '';
      for (const [key, inner] of Object.entries(item)) {
        if (inner === undefined) continue;
        text += `${separator}${JSON.stringify(key)}:`;
        separator = ',';
        write(inner);
      }
      text += '}';
    } else text += scalar(item as null | boolean | number | bigint | string);
  };
  write(value);
  flush();
  return parts;
}

function scalar(value: null | boolean | number | bigint | string): string {
  if (typeof value === 'string') return JSON.stringify(value);
  if (typeof value !== 'number') return String(value);
  if (!Number.isFinite(value)) throw new RangeError('JSON has no NaN and no infinity');
  return Object.is(value, -0) ? '-0.0' : String(value);
}
