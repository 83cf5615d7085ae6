/** Counts what was taken out or replaced, by words that hold no value: "free text", "private attributes". */
export class CleaningTally {
  private readonly counts = new Map<string, number>();

  add(what: string, count = 1): void {
    if (count > 0) this.counts.set(what, (this.counts.get(what) ?? 0) + count);
  }

  get total(): number {
    return [...this.counts.values()].reduce((sum, count) => sum + count, 0);
  }

  /** "3 private attributes, 1 date", the most frequent first. */
  describe(): string {
    return [...this.counts]
      .sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1))
      .map(([what, count]) => `${count} x ${what}`)
      .join(', ');
  }
}
