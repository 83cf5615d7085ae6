/** Answers of some bytes each, the least recently used let go first. */
export class ByteCache {
  private readonly kept = new Map<string, Buffer>();
  private bytes = 0;

  constructor(private readonly mostBytes: number) {}

  get(key: string): Buffer | undefined {
    const found = this.kept.get(key);
    if (found === undefined) return undefined;
    this.kept.delete(key);
    this.kept.set(key, found);
    return found;
  }

  put(key: string, value: Buffer): void {
    if (value.byteLength > this.mostBytes || this.kept.has(key)) return;
    this.kept.set(key, value);
    this.bytes += value.byteLength;
    for (const [oldest, { byteLength }] of this.kept) {
      if (this.bytes <= this.mostBytes) return;
      this.kept.delete(oldest);
      this.bytes -= byteLength;
    }
  }
}
