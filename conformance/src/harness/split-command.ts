/**
 * The words of a command, as one text: parted by spaces, held together by quotes. No variables and no
 * other marks of a shell, so that it means the same on every system. Throws RangeError for a quote
 * that is not closed.
 */
export function splitCommand(text: string): string[] {
  const words: string[] = [];
  let word: string | undefined;
  let quote = '';
  for (const character of text) {
    if (quote !== '') {
      if (character === quote) quote = '';
      else word += character;
    } else if (character === '"' || character === "'") {
      quote = character;
      word ??= '';
    } else if (/\s/.test(character)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else {
      word = (word ?? '') + character;
    }
  }
  if (quote !== '') throw new RangeError(`a quote is not closed: ${text}`);
  if (word !== undefined) words.push(word);
  return words;
}
