import { readFile, stat } from 'node:fs/promises';

/**
 * A file that is read again when it has changed, at most once in `everyMs`. What is there stays in use while the new
 * content cannot be used, which `onFailed` hears once for each content.
 */
export class WatchedFile<Content> {
  #stamp = '';
  #checkedAtMs = Number.NEGATIVE_INFINITY;
  #checking: Promise<void> | undefined;
  #failed = '';

  private constructor(
    private readonly path: string,
    private readonly parse: (bytes: Buffer) => Content | Promise<Content>,
    private readonly options: WatchedFileOptions,
    private content: Content,
  ) {}

  /** @throws what reading or `parse` throws, the first time */
  static async open<Content>(
    path: string,
    parse: (bytes: Buffer) => Content | Promise<Content>,
    options: WatchedFileOptions = {},
  ): Promise<WatchedFile<Content>> {
    const stamp = await stampOf(path);
    const file = new WatchedFile(path, parse, options, await parse(await readFile(path)));
    file.#stamp = stamp;
    file.#checkedAtMs = performance.now();
    return file;
  }

  /** What the file held when it was last read. Begins to look whether it has changed, if it is time to. */
  get current(): Content {
    void this.refreshIfDue();
    return this.content;
  }

  /** Looks now if the last look is long enough ago. */
  async refreshIfDue(): Promise<void> {
    if (performance.now() - this.#checkedAtMs >= (this.options.everyMs ?? DEFAULT_EVERY_MS)) await this.refresh();
  }

  /** Looks now. Resolves once what the file holds counts, or was refused; never rejects. */
  refresh(): Promise<void> {
    this.#checking ??= this.#check().finally(() => {
      this.#checking = undefined;
    });
    return this.#checking;
  }

  async #check(): Promise<void> {
    this.#checkedAtMs = performance.now();
    let stamp = 'absent';
    try {
      stamp = await stampOf(this.path);
      if (stamp === this.#stamp) return;
      const content = await this.parse(await readFile(this.path));
      // Written to while it was read: the next look takes it whole.
      if ((await stampOf(this.path)) !== stamp) {
        this.#checkedAtMs = Number.NEGATIVE_INFINITY;
        return;
      }
      this.content = content;
      this.#stamp = stamp;
      this.#failed = '';
      this.options.onChanged?.();
    } catch (thrown) {
      if (this.#failed === stamp) return;
      this.#failed = stamp;
      this.options.onFailed?.(thrown);
    }
  }
}

export interface WatchedFileOptions {
  /** Default 1,000. */
  readonly everyMs?: number;
  readonly onChanged?: () => void;
  readonly onFailed?: (thrown: unknown) => void;
}

const DEFAULT_EVERY_MS = 1_000;

/** Changes whenever the file does: also when a link, as Kubernetes mounts secrets, leads to another file. */
export async function stampOf(path: string): Promise<string> {
  const { dev, ino, size, mtimeNs } = await stat(path, { bigint: true });
  return `${dev}.${ino}.${size}.${mtimeNs}`;
}
