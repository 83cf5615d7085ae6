/**
 * What a reader took for granted, or what a writer left out, because the format does not say it. Each is a
 * sentence for a person; none changes what the rule base computes unless it says so.
 */
export class FormatNotes {
  readonly #notes = new Set<string>();

  /** @param note a sentence with its full stop; said once, however often it applies */
  add(note: string): void {
    this.#notes.add(note);
  }

  list(): readonly string[] {
    return [...this.#notes];
  }
}
