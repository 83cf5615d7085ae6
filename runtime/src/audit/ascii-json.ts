const LONGEST_TEXT = 256;

// Printable ASCII without quote and backslash: the text is its own JSON.
const PLAIN = /^[\x20\x21\x23-\x5b\x5d-\x7e]*$/;

/**
 * A text as JSON in printable ASCII: whatever a caller writes in it, it cannot end its line, steer a terminal or
 * turn the direction of what follows. At most `longest` UTF-16 units are kept; what was cut is said.
 */
export function jsonText(text: string, longest = LONGEST_TEXT): string {
  if (text.length <= longest && PLAIN.test(text)) return `"${text}"`;
  const kept = text.length <= longest ? text : `${text.slice(0, longest)}... (${text.length} characters)`;
  return JSON.stringify(kept).replace(
    /[^\x20-\x7e]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

export function jsonTexts(texts: readonly string[], longest?: number): string {
  return `[${texts.map((text) => jsonText(text, longest)).join(',')}]`;
}
