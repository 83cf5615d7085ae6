import { wholePlainText } from '../../output/plain-text.js';

/** What a format did not say, or could not, on standard error: results go to standard output alone. */
export function printNotes(notes: readonly string[]): void {
  for (const note of notes) process.stderr.write(`note: ${wholePlainText(note)}\n`);
}
