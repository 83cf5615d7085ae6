import { malformed } from '../rule-errors.js';

/** Far beyond what people write: 10,000 rules take a tenth of it. */
const MAX_CHARACTERS = 16 * 1024 * 1024;

/** @throws DH_RULES_MALFORMED for a text that would take minutes to read */
export function checkLength(text: string): void {
  if (text.length <= MAX_CHARACTERS) return;
  throw malformed(`a text holds up to ${MAX_CHARACTERS} characters, this one ${text.length}`, { line: 1, column: 1 });
}
