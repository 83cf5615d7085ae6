import { type EndedStage, type ModelName, noteStage, StageClock } from '../ttmip/note-stage.js';
import type { StageRecord } from '../ttmip/stage-record.js';

/** Records the stages of one addition, each timed from the end of the one before it. */
export class AdditionNotes {
  readonly clock = new StageClock();
  #model: ModelName | undefined;

  /** @param folder of timelines; undefined where none are kept */
  constructor(private readonly folder: string | undefined) {}

  /** Whose stages they are; nothing is recorded before. */
  of(model: ModelName): void {
    this.#model = model;
  }

  async record(ended: EndedStage): Promise<void> {
    await this.#note(this.clock.end(ended));
  }

  /** Stages that others have timed, which are no part of what comes next here. */
  async append(records: readonly StageRecord[]): Promise<void> {
    for (const record of records) await this.#note(record);
    this.clock.restart();
  }

  async #note(record: StageRecord): Promise<void> {
    const { folder } = this;
    if (folder !== undefined && this.#model !== undefined)
      await noteStage(this.#model, record, { folder, begins: true });
  }
}
