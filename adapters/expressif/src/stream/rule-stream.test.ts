import { describe, expect, it } from 'vitest';
import { createLiveRuleBase } from '../live/live-rule-base.js';
import { vitals } from '../testing/vitals.js';
import { createRuleStream, type RuleStreamOptions, type StreamChange } from './rule-stream.js';
import type { StreamInput } from './stream-input.js';

/** A clock that stands until it is moved, and calls what is due in order. */
class TestClock {
  #now = 1000;
  readonly #timers = new Set<{ readonly at: number; readonly call: () => void }>();

  now = (): number => this.#now;

  setTimer = (at: number, call: () => void): (() => void) => {
    const timer = { at, call };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  };

  /** @param isOnTime whether timers go off at their instant, and not when all of the time has passed */
  moveTo(now: number, { isOnTime = true } = {}): void {
    for (;;) {
      const due = [...this.#timers].filter(({ at }) => at <= now).sort((a, b) => a.at - b.at)[0];
      if (due === undefined) break;
      this.#timers.delete(due);
      this.#now = isOnTime ? Math.max(this.#now, due.at) : now;
      due.call();
    }
    this.#now = now;
  }

  get timers(): number[] {
    return [...this.#timers].map(({ at }) => at);
  }
}

function open(options: Partial<RuleStreamOptions> = {}, kb = vitals()) {
  const clock = new TestClock();
  const stream = createRuleStream(kb, { clock, ...options });
  const told: StreamChange[] = [];
  stream.onChange((change) => told.push(change));
  return { clock, stream, told };
}

const lactate = (value: StreamInput['value'], at = 1000, ttlMs?: number): StreamInput => ({
  variable: 'lactate',
  value,
  at,
  ...(ttlMs === undefined ? {} : { ttlMs }),
});
const map = (value: number, at = 1000): StreamInput => ({ variable: 'map', value, at });
const refusal = (reason: string) =>
  expect.objectContaining({ code: 'DH_RULES_INPUT_REFUSED', details: expect.objectContaining({ reason }) });
const risk = (stream: { evaluation(): { outputs: ReadonlyMap<string, unknown> } }) =>
  stream.evaluation().outputs.get('risk');

describe('createRuleStream', () => {
  it('tells what changed, from the inputs to the outputs, and by which rules', () => {
    const { stream, told } = open();
    stream.commit([lactate(1), map(100)]);
    const { changes } = stream.commit([lactate(2.5)]);
    expect(told).toHaveLength(2);
    expect(changes).toEqual([told[1]]);
    expect(told[1]).toMatchObject({
      at: 1000,
      cause: 'inputs',
      ruleBase: { version: 1, digest: expect.stringMatching(/^[0-9a-f]{64}$/) },
      inputs: [{ variable: 'lactate', before: { value: 1 }, after: { value: 2.5 } }],
      expressions: [
        { text: 'lactate is normal', variable: 'lactate', parts: [], before: 1, after: 0 },
        { text: 'lactate is normal and map is not low', parts: [0], before: 1, after: 0 },
        { text: 'lactate is raised', before: 0, after: 0.5 },
        { text: 'lactate is raised or map is low', parts: [3], before: 0, after: 0.5 },
      ],
      rules: [
        { rule: '1.1', before: { degree: 1, fired: true }, after: { degree: 0, fired: false }, expressions: [2] },
        { rule: '1.2', before: { fired: false }, after: { degree: 0.25, fired: true }, expressions: [5] },
      ],
      outputs: [
        {
          output: 'risk',
          rules: ['1.1', '1.2'],
          inputs: [],
          before: { status: 'determinate' },
          after: { status: 'determinate' },
        },
      ],
    });
  });

  it('tells nothing where the same value comes again, and follows its new date', () => {
    const { stream, told } = open({ ttlMs: 100 });
    stream.commit([lactate(1), map(100)]);
    const before = stream.statistics();
    expect(stream.commit([lactate(1, 1001)])).toEqual({ admissions: ['queued'], changes: [] });
    expect(stream.statistics()).toEqual({ ...before, accepted: 3 });
    expect(stream.held('lactate')).toMatchObject({ input: { at: 1001, expiresAt: 1101 }, isExpired: false });
    expect(told).toHaveLength(1);
  });

  it('keeps degrees as they were when they came', () => {
    const { stream } = open();
    const degrees = { normal: 0.5, raised: 0.25, odd: (() => 1) as never };
    stream.offer(lactate({ degrees }));
    degrees.normal = 0;
    stream.commit([map(100)]);
    expect(risk(stream)).toMatchObject({
      status: 'determinate',
      degrees: new Map([
        ['small', 0.5],
        ['large', 0.125],
      ]),
    });
  });

  it('evaluates inputs that are committed together once', () => {
    const { stream, told } = open();
    stream.offer(lactate(1));
    expect(risk(stream)).toMatchObject({ reason: 'missing' });
    stream.commit([map(100)]);
    expect(told).toHaveLength(1);
    expect(told[0]?.inputs.map(({ variable }) => variable)).toEqual(['lactate', 'map']);
  });

  it('lets an input expire at its very instant, though none comes', () => {
    const { clock, stream, told } = open({ variables: { lactate: { ttlMs: 50 } } });
    stream.commit([lactate(1), map(100)]);
    expect(stream.nextExpiry()).toBe(1050);
    expect(clock.timers).toEqual([1050]);
    // One that is newer takes the timer over.
    stream.commit([lactate(1, 1000, 20)]);
    expect(clock.timers).toEqual([1020]);
    stream.commit([lactate(1, 1000, 50)]);
    expect(clock.timers).toEqual([1050]);
    clock.moveTo(1049);
    expect(stream.advance()).toEqual([]);
    expect(told).toHaveLength(1);
    clock.moveTo(1050);
    expect(told[1]).toMatchObject({
      at: 1050,
      cause: 'expiry',
      inputs: [{ variable: 'lactate', after: { kind: 'fault', fault: { reason: 'expired' } } }],
      outputs: [
        { output: 'risk', after: { status: 'indeterminate', reason: 'expired', variable: 'lactate', rule: '1.1' } },
      ],
    });
    expect(stream.nextExpiry()).toBeUndefined();
    expect(clock.timers).toEqual([]);
    // A value that was never given is missing, not expired.
    expect(open().stream.evaluation().outputs.get('risk')).toMatchObject({ reason: 'missing' });
    stream.commit([lactate(1, 1050)]);
    expect(risk(stream)).toMatchObject({ status: 'determinate' });
    expect(stream.statistics()).toMatchObject({ expired: 1, accepted: 5 });
  });

  it('gives the same changes to who looks late as to who is woken in time', () => {
    const run = (isOnTime: boolean): StreamChange[] => {
      const { clock, stream, told } = open();
      stream.commit([
        { ...lactate(1), ttlMs: 30 },
        { ...map(100), ttlMs: 60 },
      ]);
      stream.commit([lactate({ degrees: { normal: 0.2, raised: 0.1 } }, 1001, 20)]);
      clock.moveTo(2000, { isOnTime });
      return told;
    };
    expect(run(true).map(({ at }) => at)).toEqual([1000, 1000, 1021]);
    expect(run(false)).toEqual(run(true));
  });

  it('keeps the previous value of an output for as long as its rules are silent and known', () => {
    const kb = vitals(
      ['rule: if lactate is normal and map is not low then risk is small\n', ''],
      ['aggregation: Maximum', 'lock-previous: true\n  default: 7\n  aggregation: Maximum'],
    );
    const { clock, stream, told } = open({}, kb);
    stream.commit([lactate(0), map(100)]);
    expect(risk(stream)).toMatchObject({ value: 7, source: 'default' });
    stream.commit([lactate(4, 1000, 100)]);
    const { value } = risk(stream) as { value: number };
    stream.commit([lactate(0, 1000, 100)]);
    expect(risk(stream)).toMatchObject({ value, source: 'previous' });
    // It was told that the output is not known: no older value comes back after that.
    clock.moveTo(1100);
    expect(risk(stream)).toMatchObject({ reason: 'expired' });
    stream.commit([lactate(0, 1100)]);
    expect(risk(stream)).toMatchObject({ value: 7, source: 'default' });
    expect(told.map(({ cause }) => cause)).toEqual(['inputs', 'inputs', 'inputs', 'expiry', 'inputs']);
  });

  it('takes what comes out of order as the policy says', () => {
    const outcomes = (policy: RuleStreamOptions['policy']) => {
      const { stream } = open(policy === undefined ? {} : { policy });
      const { admissions } = stream.commit([lactate(1, 900), lactate(2, 800), lactate(3, 900), lactate(3, 900)]);
      return [admissions, stream.held('lactate')?.input.value, stream.statistics()];
    };
    const latest = [
      ['queued', 'late', 'queued', 'duplicate'],
      3,
      expect.objectContaining({ accepted: 2, late: 1, duplicate: 1 }),
    ];
    expect(outcomes(undefined)).toEqual(latest);
    expect(outcomes('latest-timestamp-wins')).toEqual(latest);
    expect(outcomes('arrival-order')).toEqual([
      ['queued', 'queued', 'queued', 'duplicate'],
      3,
      expect.objectContaining({ accepted: 3, duplicate: 1 }),
    ]);
    expect(() => outcomes('reject')).toThrow(refusal('out-of-order'));
    const { stream } = open({ policy: 'reject', variables: { map: { policy: 'arrival-order' } } });
    expect(stream.commit([map(100), lactate(1), lactate(1), map(90, 900)]).admissions).toEqual([
      'queued',
      'queued',
      'duplicate',
      'queued',
    ]);
    expect(() => stream.commit([lactate(2)])).toThrow(refusal('out-of-order'));
    expect(stream.commit([lactate(2, 1001)]).admissions).toEqual(['queued']);
  });

  it('takes all inputs of a commit or none', () => {
    const { stream, told } = open({ policy: 'reject' });
    stream.commit([lactate(1), map(100)]);
    stream.offer(map(90, 1001));
    const before = { evaluation: stream.evaluation(), ...stream.statistics() };
    expect(() => stream.commit([lactate(3, 1001), lactate(2, 1001)])).toThrow(refusal('out-of-order'));
    expect({ evaluation: stream.evaluation(), ...stream.statistics() }).toEqual({ ...before, refused: 1 });
    // Neither of the two was taken: the first may come again.
    expect(stream.commit([lactate(3, 1001)]).admissions).toEqual(['queued']);
    expect(told).toHaveLength(2);
    expect(stream.held('map')?.input.value).toBe(90);
  });

  it.each<[StreamInput, string]>([
    [{ variable: 'lactat', value: 1, at: 1000 }, 'unknown-variable'],
    [{ variable: 'risk', value: 1, at: 1000 }, 'unknown-variable'],
    [lactate(1, 2001), 'future'],
    [lactate(1, Number.NaN), 'malformed'],
    [lactate(1, 1000, 0), 'malformed'],
    [lactate(1, 1000, '5' as never), 'malformed'],
    [lactate('1' as never), 'malformed'],
    [lactate(null as never), 'malformed'],
    [lactate([1] as never), 'malformed'],
    [null as never, 'malformed'],
  ])('refuses %j: %s', (input, reason) => {
    const { stream } = open();
    expect(() => stream.offer(input)).toThrow(refusal(reason));
    expect(() => stream.commit([lactate(1), input])).toThrow(refusal(reason));
    expect(stream.statistics()).toMatchObject({ refused: 2, accepted: 0, queued: 0 });
    expect(stream.held('lactate')).toBeUndefined();
  });

  it('takes a date that is a little ahead of its clock, and holds no more than it has room for', () => {
    const { stream } = open({ maxFutureMs: 5, maxQueued: 2 });
    stream.offer(lactate(1, 1005));
    expect(() => stream.offer(lactate(1, 1006))).toThrow(refusal('future'));
    stream.offer(map(100));
    expect(() => stream.offer(map(90))).toThrow(expect.objectContaining({ code: 'DH_STREAM_LIMIT_EXCEEDED' }));
    expect(stream.statistics()).toMatchObject({ queued: 2, refused: 2 });
    stream.commit();
    expect(risk(stream)).toMatchObject({ status: 'determinate' });
    expect(stream.statistics().queued).toBe(0);
  });

  it('says of an input that is too old when it comes that it has expired', () => {
    const { stream } = open();
    stream.commit([lactate(1), map(100)]);
    // It is the latest that is known of the variable, though it does not hold any more.
    stream.commit([lactate(2, 1000, 500), { ...map(90, 900), ttlMs: 50 }, { ...map(91, 1000), ttlMs: 1 }]);
    expect(stream.held('map')).toMatchObject({ isExpired: false, input: { value: 91 } });
    const late = open();
    late.stream.commit([lactate(1), { ...map(100, 900), ttlMs: 100 }]);
    expect(risk(late.stream)).toMatchObject({ reason: 'expired', variable: 'map' });
    expect(late.stream.nextExpiry()).toBeUndefined();
  });

  it('stands still while its clock is set back', () => {
    const { clock, stream } = open();
    stream.commit([lactate(1, 1000, 50), map(100)]);
    clock.moveTo(1050);
    clock.moveTo(900);
    expect(stream.advance()).toEqual([]);
    expect(risk(stream)).toMatchObject({ reason: 'expired' });
    expect(() => stream.offer(lactate(1, 2050))).not.toThrow();
  });

  it('follows an edit of the rules at once, and names the version that its outputs are by', () => {
    const live = createLiveRuleBase(vitals());
    const clock = new TestClock();
    const stream = createRuleStream(live, { clock });
    const told: StreamChange[] = [];
    stream.onChange((change) => told.push(change));
    stream.commit([lactate(3, 1000, 50), map(100)]);
    const { digest } = live.edit([
      { kind: 'add', block: 'main', rule: { id: 'new', text: 'if map is not low then risk is small' } },
    ]);
    expect(told[1]).toMatchObject({
      cause: 'edit',
      ruleBase: { version: 2, digest },
      inputs: [],
      expressions: [],
      rules: [{ rule: 'new', before: { degree: 0 }, after: { degree: 1 } }],
      outputs: [{ output: 'risk', rules: ['new'] }],
    });
    expect(stream.evaluation().ruleBase).toEqual({ version: 2, digest });
    // The rule that is gone is named with those that are there.
    live.edit([{ kind: 'remove', id: 'new' }]);
    expect(told[2]).toMatchObject({
      rules: [{ rule: 'new', before: { fired: true }, after: { fired: false } }],
      outputs: [{ output: 'risk', rules: ['new'] }],
    });
    // An edit that changes no output is followed, too, and none is told.
    live.edit([{ kind: 'set-weight', id: '1.1', weight: 0.5 }]);
    expect(told).toHaveLength(3);
    expect(stream.evaluation().ruleBase.version).toBe(4);
    clock.moveTo(1050);
    expect(told[3]).toMatchObject({ cause: 'expiry', ruleBase: { version: 4 } });
    stream.close();
    live.revert(1);
    expect(stream.evaluation().ruleBase.version).toBe(4);
  });

  it('tells every listener in order, also where one of them gives it the next input', () => {
    const errors: unknown[] = [];
    const { stream } = open({ onListenerError: (error) => errors.push(error) });
    const first = stream.onChange(({ outputs }) => {
      if (outputs[0]?.after.status === 'determinate') stream.commit([lactate(undefined, 1001)]);
      throw new Error('mine');
    });
    const heard: string[] = [];
    stream.onChange(({ outputs }) => heard.push(outputs[0]?.after.status ?? ''));
    stream.commit([lactate(1), map(100)]);
    expect(heard).toEqual(['determinate', 'indeterminate']);
    expect(errors).toHaveLength(2);
    first();
    stream.commit([lactate(1, 1002)]);
    expect(errors).toHaveLength(2);
  });

  it('is read as an iterator, to the end, and says so where the reader is too slow', async () => {
    const { stream } = open({ maxUnread: 2 });
    const read: StreamChange[] = [];
    const reading = (async () => {
      for await (const change of stream) read.push(change);
    })();
    const slow = stream[Symbol.asyncIterator]();
    const left = stream[Symbol.asyncIterator]();
    await left.return?.();
    for (const value of [1, 2, 3]) {
      stream.commit([lactate(value), map(100)]);
      await Promise.resolve();
    }
    stream.close();
    await reading;
    expect(read.map(({ inputs }) => inputs[0]?.after)).toMatchObject([{ value: 1 }, { value: 2 }, { value: 3 }]);
    expect(await left.next()).toEqual({ done: true, value: undefined });
    expect(await slow.next()).toMatchObject({ done: false });
    expect(await slow.next()).toMatchObject({ done: false });
    await expect(slow.next()).rejects.toMatchObject({ code: 'DH_STREAM_LIMIT_EXCEEDED' });
    expect(await slow.next()).toEqual({ done: true, value: undefined });
    expect(() => stream.commit([lactate(1)])).toThrow(refusal('closed'));
  });

  it.each<[Partial<RuleStreamOptions>, RegExp]>([
    [{ variables: { lactat: {} } }, /"lactat", which is no input/],
    [{ policy: 'newest' as never }, /policy of the stream is none of/],
    [{ variables: { map: { ttlMs: 0 } } }, /Inputs of "map" hold for no time/],
    [{ maxFutureMs: Number.NaN }, /bound of the future/],
    [{ maxQueued: 0 }, /room for one input/],
  ])('refuses the option %j', (options, message) => {
    expect(() => open(options)).toThrow(
      expect.objectContaining({ code: 'DH_RULES_INCONSISTENT', message: expect.stringMatching(message) }),
    );
  });
});
