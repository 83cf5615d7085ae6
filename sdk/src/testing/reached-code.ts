import { type Profiler, Session } from 'node:inspector';

/** Code whose reach says nothing of a reader: what runs the tests. */
const NOT_OURS =
  /node_modules\/(?:vitest|@vitest|vite|chai|vite-node|tinyrainbow|pathe|expect)[/-]|^node:|\/src\/testing\/|\.test\.ts|reached-code/;

/**
 * Which blocks of code are run, counted by V8 itself (node:inspector), so that nothing has to be rewritten or
 * installed. A block counts anew when it is run twice, four times, and so on, as loops over lengths do.
 */
export class ReachedCode {
  readonly #session: Session;
  readonly #seen = new Set<string>();
  readonly #functions = new Set<string>();

  private constructor(session: Session) {
    this.#session = session;
  }

  /** Counts what is compiled from now on, or whatever `fuzz/count-blocks.mjs` has counted from the first line on. */
  static async start(): Promise<ReachedCode> {
    const { deephealthBlockCounter: running } = globalThis as { deephealthBlockCounter?: Session };
    if (running !== undefined) return new ReachedCode(running);
    const session = new Session();
    session.connect();
    await post(session, 'Profiler.enable');
    await post(session, 'Profiler.startPreciseCoverage', { callCount: true, detailed: true });
    return new ReachedCode(session);
  }

  /** Blocks since the last call that no call before has seen. */
  async takeNew(): Promise<number> {
    const { result } = (await post(this.#session, 'Profiler.takePreciseCoverage')) as { result: unknown };
    let found = 0;
    for (const { scriptId, url, functions } of result as Profiler.ScriptCoverage[]) {
      if (!/^(?:file:|\/|[A-Za-z]:)/.test(url) || NOT_OURS.test(url)) continue;
      for (const { functionName, ranges } of functions) {
        if ((ranges[0]?.count ?? 0) > 0 && functionName !== '') this.#functions.add(`${url} ${functionName}`);
        for (const { startOffset, endOffset, count } of ranges) {
          const feature = `${scriptId}:${startOffset}:${endOffset}:${Math.floor(Math.log2(count + 1))}`;
          if (this.#seen.has(feature)) continue;
          this.#seen.add(feature);
          found++;
        }
      }
    }
    return found;
  }

  get blocks(): number {
    return this.#seen.size;
  }

  /** Functions with a name that were called, each with the file that it is in. */
  get functions(): ReadonlySet<string> {
    return this.#functions;
  }

  /** Of what counts from the first line on, others may want more. */
  async stop(): Promise<void> {
    if ('deephealthBlockCounter' in globalThis) return;
    await post(this.#session, 'Profiler.stopPreciseCoverage');
    this.#session.disconnect();
  }
}

function post(session: Session, method: string, params: object = {}): Promise<unknown> {
  return new Promise((resolve, reject) => {
    session.post(method, params, (error, result) => (error ? reject(error) : resolve(result)));
  });
}
