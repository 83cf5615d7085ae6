/**
 * Decoded tiles, the least recently used let go first. Whoever asks for a tile that is being decoded
 * waits for it, so that none is decoded twice at a time. What fails is not kept.
 */
export class TileCache {
  private readonly kept = new Map<string, Uint8Array>();
  private readonly coming = new Map<string, Promise<Uint8Array>>();
  private readonly maxBytes: number;
  private bytes = 0;

  /** @param maxBytes of tiles that nobody waits for */
  constructor(maxBytes: number) {
    this.maxBytes = maxBytes;
  }

  /** The tile of this key, made by `load` if it is not there. It is shared: nobody writes to it. */
  async get(key: string, load: () => Promise<Uint8Array>): Promise<Uint8Array> {
    const found = this.kept.get(key);
    if (found !== undefined) {
      this.kept.delete(key);
      this.kept.set(key, found);
      return found;
    }
    const coming = this.coming.get(key);
    if (coming !== undefined) return coming;
    const loading = load();
    this.coming.set(key, loading);
    try {
      const tile = await loading;
      this.keep(key, tile);
      return tile;
    } finally {
      this.coming.delete(key);
    }
  }

  private keep(key: string, tile: Uint8Array): void {
    if (tile.byteLength > this.maxBytes) return;
    this.kept.set(key, tile);
    this.bytes += tile.byteLength;
    for (const [oldest, { byteLength }] of this.kept) {
      if (this.bytes <= this.maxBytes) return;
      this.kept.delete(oldest);
      this.bytes -= byteLength;
    }
  }

  clear(): void {
    this.kept.clear();
    this.bytes = 0;
  }
}
