import { invalid } from '../refusals.js';

/** Parts of the file that hold directories and values; nothing else may lie on them. */
export class AreaMap {
  private readonly areas: [start: number, end: number][] = [];
  end = 0;

  add(start: number, end: number): void {
    this.areas.push([start, end]);
    this.end = Math.max(this.end, end);
  }

  /** Their ends and starts in order. @throws DH_CHAIN_INPUT_INVALID where two overlap */
  sorted(): readonly (readonly [start: number, end: number])[] {
    this.areas.sort(([a, b], [c, d]) => a - c || b - d);
    this.areas.forEach(([start, end], index) => {
      const [before, behind] = this.areas[index - 1] ?? [0, 0];
      // Levels may share their tables and profile.
      const isShared = before === start && behind === end;
      if (start < behind && !isShared) throw invalid('is a damaged TIFF: its directories and values overlap');
    });
    return this.areas;
  }
}
