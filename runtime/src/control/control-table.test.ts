import { DeepHealthError } from '@deephealth/sdk';
import { describe, expect, it } from 'vitest';
import type { ControlFile } from './control-file.js';
import {
  type ControlState,
  formatControlState,
  NO_CONTROL,
  parseControlState,
  type Suspension,
} from './control-state.js';
import { ControlTable } from './control-table.js';

const stopped = (version = ''): Suspension => ({ model: 'm', version, reason: 'why', subject: 'who', sinceMs: 1000 });

/** A file whose writes end when the test says so. */
class FileDouble {
  written: ControlState = NO_CONTROL;
  readonly #open: { end(failed?: Error): void }[] = [];
  readonly read = async () => this.written;
  readonly write = (state: ControlState) =>
    new Promise<void>((resolve, reject) =>
      this.#open.push({
        end: (failed) => {
          if (failed !== undefined) return reject(failed);
          this.written = state;
          return resolve();
        },
      }),
    );
  async end(failed?: Error): Promise<void> {
    while (this.#open.length === 0) await Promise.resolve();
    this.#open.shift()?.end(failed);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

async function tableOn(file = new FileDouble()) {
  return { file, table: await ControlTable.open(file as unknown as ControlFile) };
}

describe('suspensions', () => {
  it('hold at once, and are written then', async () => {
    const { file, table } = await tableOn();
    const written = table.suspend(stopped());
    expect(table.suspensionOf('m', '1')).toEqual(stopped());
    expect(file.written.suspensions).toEqual([]);
    await file.end();
    await written;
    expect(file.written.suspensions).toEqual([stopped()]);
  });

  it('hold though they cannot be written', async () => {
    const { file, table } = await tableOn();
    const written = table.suspend(stopped('1'));
    const failed = expect(written).rejects.toThrow('disk');
    await file.end(new Error('disk'));
    await failed;
    expect(table.suspensionOf('m', '1')).toBeDefined();
    expect(table.suspensionOf('m', '2')).toBeUndefined();
  });

  it('end only once that is written, and not at all if it cannot be', async () => {
    const { file, table } = await tableOn();
    void table.suspend(stopped());
    await file.end();
    const first = table.resume([stopped()]);
    const failed = expect(first).rejects.toThrow('disk');
    await file.end(new Error('disk'));
    await failed;
    expect(table.suspensionOf('m', '1')).toBeDefined();
    const second = table.resume([stopped()]);
    expect(table.suspensionOf('m', '1')).toBeDefined();
    await file.end();
    await second;
    expect(table.suspensionOf('m', '1')).toBeUndefined();
    expect(file.written).toEqual(NO_CONTROL);
  });

  it('that begin while another change is written are kept', async () => {
    const { file, table } = await tableOn();
    void table.suspend(stopped('1'));
    await file.end();
    const released = table.resume([stopped('1')]);
    const stoppedAgain = table.suspend(stopped('2'));
    await file.end();
    await file.end();
    await Promise.all([released, stoppedAgain]);
    expect(file.written.suspensions).toEqual([stopped('2')]);
    expect(table.suspensions).toEqual([stopped('2')]);
  });

  it('that begin while the same one is being ended outlive its end, here and on the disk', async () => {
    const { file, table } = await tableOn();
    void table.suspend(stopped('1'));
    await file.end();
    const released = table.resume([stopped('1')]);
    const again: Suspension = { ...stopped('1'), reason: 'still wrong', sinceMs: 2000 };
    const stoppedAgain = table.suspend(again);
    await file.end();
    expect(table.suspensionOf('m', '1')).toEqual(again);
    await file.end();
    await Promise.all([released, stoppedAgain]);
    expect(table.suspensions).toEqual([again]);
    expect(file.written.suspensions).toEqual([again]);
  });
});

describe('control.json', () => {
  const state: ControlState = {
    suspensions: [stopped(), stopped('1.0.0')],
    rollouts: {
      m: { candidate: { version: '2', share: 0.5 }, tenants: ['a'], subject: 'who', sinceMs: 5 },
      n: { shadow: { version: '2', share: 1 }, subject: 'who', sinceMs: 6 },
      o: { subject: 'who', sinceMs: 7 },
    },
  };

  it('comes back as it was written', () => {
    expect(parseControlState(formatControlState(state))).toEqual(state);
  });

  it('is refused whenever anything of it is not what was written', () => {
    const whole = formatControlState(state);
    expect(() => parseControlState('')).toThrow(DeepHealthError);
    for (let length = 1; length < whole.trimEnd().length; length++) {
      expect(() => parseControlState(whole.slice(0, length)), `${length}`).toThrow(DeepHealthError);
    }
    for (const field of [
      'format',
      'suspensions',
      'rollouts',
      'model',
      'version',
      'reason',
      'subject',
      'since',
      'share',
    ]) {
      expect(() => parseControlState(whole.replace(`"${field}":`, `"${field}s":`)), field).toThrow(DeepHealthError);
    }
    expect(() => parseControlState(whole.replace('0.5', '1.5'))).toThrow(DeepHealthError);
  });
});
