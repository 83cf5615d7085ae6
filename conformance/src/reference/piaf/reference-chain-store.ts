import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { ReferenceRun } from './reference-run.js';

/** Runs in files, so that they are there after a start anew. What a dead service writes is not written. */
export class ReferenceChainStore {
  readonly #folder: string;
  isDead = false;

  /** @param stateFolder nothing is written outside of it */
  constructor(stateFolder: string) {
    this.#folder = join(stateFolder, 'runs');
    mkdirSync(this.#folder, { recursive: true });
  }

  all(): ReferenceRun[] {
    return readdirSync(this.#folder)
      .filter((id) => existsSync(this.path(id, 'run.json')))
      .map((id) => JSON.parse(readFileSync(this.path(id, 'run.json'), 'utf8')) as ReferenceRun)
      .sort((a, b) => a.sequence - b.sequence);
  }

  save(run: ReferenceRun): void {
    this.write(run.id, 'run.json', Buffer.from(JSON.stringify(run)));
  }

  /** A file comes into being at once. */
  write(id: string, path: string, bytes: Buffer): void {
    if (this.isDead) return;
    const to = this.path(id, path);
    mkdirSync(dirname(to), { recursive: true });
    writeFileSync(`${to}.part`, bytes);
    renameSync(`${to}.part`, to);
  }

  read(id: string, path: string): Buffer | undefined {
    const from = this.path(id, path);
    return existsSync(from) ? readFileSync(from) : undefined;
  }

  remove(id: string, path: string): void {
    if (!this.isDead) rmSync(this.path(id, path), { recursive: true, force: true });
  }

  path(id: string, path: string): string {
    return join(this.#folder, id, path);
  }
}
