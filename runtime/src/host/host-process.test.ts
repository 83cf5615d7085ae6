import { EventEmitter } from 'node:events';
import { PassThrough } from 'node:stream';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { encodeFrame } from './frame-codec.js';
import type { HostReply } from './host-messages.js';
import { HostProcess } from './host-process.js';

/** A process that never was: the test speaks for it. */
class ChildDouble extends EventEmitter {
  readonly stdout = new PassThrough();
  readonly stderr = new PassThrough();
  readonly channel = new PassThrough();
  readonly stdio = [null, this.stdout, this.stderr, this.channel, null, null, new PassThrough()];
  readonly kill = vi.fn();

  say(message: unknown): void {
    for (const part of encodeFrame(message)) this.channel.emit('data', part);
  }
}

let child: ChildDouble;
vi.mock('node:child_process', () => ({ spawn: () => child }));

function startHost(): HostReply[] {
  const replies: HostReply[] = [];
  const host = new HostProcess({
    memoryLimitMiB: 100,
    onReply: (reply) => replies.push(reply),
    onExit: () => undefined,
    onOutput: () => undefined,
  });
  expect(host.pid).toBeUndefined();
  return replies;
}

describe('the process of a model host', () => {
  beforeEach(() => {
    child = new ChildDouble();
  });

  it('is heard', () => {
    const replies = startHost();
    child.say({ type: 'started', ids: [1] });
    expect(replies).toEqual([{ type: 'started', ids: [1] }]);
    expect(child.kill).not.toHaveBeenCalled();
  });

  it.each([
    ['words that are none', { type: 'results', results: 5 }],
    ['nothing at all', null],
    ['a package whose manifest is none', packageWith('{}')],
  ])('is ended for %s, and nothing more of it is heard', (_, message) => {
    const replies = startHost();
    child.say(message);
    child.say({ type: 'started', ids: [1] });
    expect(child.kill).toHaveBeenCalledWith('SIGKILL');
    expect(replies).toEqual([]);
    child.emit('close', null, 'SIGKILL');
  });
});

function packageWith(manifestJson: string): HostReply {
  const batching = { provenSize: 1, servedSizes: [1], itemShapes: {}, gain: 1, reason: '' };
  const report = { checks: [], completedAtMs: 1, goldenCases: 1, worstGoldenError: 0 };
  return {
    type: 'loaded',
    servesRing: true,
    package: {
      ...{ manifestJson, packageSha256: '', onnxSha256: '', engine: '', provider: 'cpu', concurrency: 1 },
      ...{ batching, report },
    },
  };
}
