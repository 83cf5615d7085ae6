import { describe, expect, it } from 'vitest';
import { CircuitBreaker, type CircuitState } from './circuit-breaker.js';
import { FakeClock } from './testing/fake-clock.js';

const trouble = new Error('trouble');
const refusal = new Error('refusal');

function breaker(options: { failuresToOpen?: number } = {}) {
  const clock = new FakeClock();
  const states: CircuitState[] = [];
  const probes: { resolve(): void; reject(error: Error): void }[] = [];
  const circuit = new CircuitBreaker({
    ...options,
    clock,
    isTrouble: (thrown) => thrown === trouble,
    probe: () => new Promise((resolve, reject) => probes.push({ resolve, reject })),
    onChange: (state) => states.push(state),
  });
  const fail = (error: Error = trouble) => expect(circuit.run(() => Promise.reject(error))).rejects.toBe(error);
  return {
    clock,
    circuit,
    states,
    probes,
    fail,
    succeed: () => circuit.run(async () => 1),
    async open() {
      while (circuit.state === 'closed') await fail();
    },
    /** Answers the probe under way, and lets the circuit hear it. */
    async answer(isWell: boolean) {
      const probe = probes.pop();
      if (isWell) probe?.resolve();
      else probe?.reject(trouble);
      await new Promise(setImmediate);
    },
    /** The pause that the circuit is in, found by the hint. */
    hintMs: () =>
      circuit
        .run(async () => expect.unreachable())
        .then(
          () => 0,
          (error) => error.retryAfterMs as number,
        ),
  };
}

describe('a circuit', () => {
  it('stays closed over four failures in a row and any number between successes', async () => {
    const { circuit, fail, succeed, states } = breaker();
    for (let round = 0; round < 5; round++) {
      for (let failure = 0; failure < 4; failure++) await fail();
      expect(await succeed()).toBe(1);
    }
    expect(circuit.state).toBe('closed');
    expect(states).toEqual([]);
  });

  it('opens at the fifth failure in a row', async () => {
    const { circuit, fail, states } = breaker();
    for (let failure = 0; failure < 4; failure++) await fail();
    expect(circuit.state).toBe('closed');
    await fail();
    expect(circuit.state).toBe('open');
    expect(states).toEqual(['open']);
  });

  it('neither counts an answer as a failure nor takes it for a success', async () => {
    const { circuit, fail } = breaker();
    for (let failure = 0; failure < 20; failure++) await fail(refusal);
    expect(circuit.state).toBe('closed');
    for (let failure = 0; failure < 4; failure++) await fail();
    await fail(refusal);
    await fail();
    expect(circuit.state).toBe('open');
  });

  it('that is open rejects at once, does no work, and says how long', async () => {
    const { circuit, clock, open } = breaker();
    await open();
    let isCalled = false;
    const run = () =>
      circuit.run(async () => {
        isCalled = true;
      });
    await expect(run()).rejects.toMatchObject({ code: 'DH_REMOTE_UNAVAILABLE', retryable: true, retryAfterMs: 1000 });
    clock.advance(400);
    await expect(run()).rejects.toMatchObject({ retryAfterMs: 600 });
    expect(isCalled).toBe(false);
  });

  it('sends one probe after the pause, rejects while it is under way, and closes when it succeeds', async () => {
    const { circuit, clock, open, probes, answer, succeed, states } = breaker();
    await open();
    clock.advance(999);
    expect(probes).toHaveLength(0);
    clock.advance(1);
    expect([probes.length, circuit.state]).toEqual([1, 'half-open']);
    await expect(succeed()).rejects.toMatchObject({ code: 'DH_REMOTE_UNAVAILABLE', retryAfterMs: 100 });
    clock.advance(60_000);
    expect(probes).toHaveLength(1);
    await answer(true);
    expect(await succeed()).toBe(1);
    expect(states).toEqual(['open', 'half-open', 'closed']);
  });

  it('doubles its pause with each probe that fails, up to 30 s', async () => {
    const { clock, open, answer, hintMs } = breaker();
    await open();
    const pauses: number[] = [];
    for (let probe = 0; probe < 7; probe++) {
      const pauseMs = await hintMs();
      pauses.push(pauseMs);
      clock.advance(pauseMs);
      await answer(false);
    }
    expect(pauses).toEqual([1000, 2000, 4000, 8000, 16_000, 30_000, 30_000]);
  });

  it('keeps doubling where probes succeed and runs do not; a run that succeeds starts anew', async () => {
    const { clock, open, answer, hintMs, succeed } = breaker();
    const pauses: number[] = [];
    for (let round = 0; round < 3; round++) {
      await open();
      pauses.push(await hintMs());
      clock.advance(30_000);
      await answer(true);
    }
    await succeed();
    await open();
    expect([...pauses, await hintMs()]).toEqual([1000, 2000, 4000, 1000]);
  });

  it('counts from zero once it is closed again', async () => {
    const { circuit, clock, open, answer, fail } = breaker();
    await open();
    clock.advance(1000);
    await answer(true);
    for (let failure = 0; failure < 4; failure++) await fail();
    expect(circuit.state).toBe('closed');
  });

  it('holds runs that began before it opened neither for nor against a later time', async () => {
    const { circuit, clock, open, answer, fail, hintMs } = breaker();
    const late = Array.from({ length: 8 }, () => {
      let settle: (isWell: boolean) => void = () => undefined;
      const run = circuit.run(
        () =>
          new Promise<void>((resolve, reject) => {
            settle = (isWell) => (isWell ? resolve() : reject(trouble));
          }),
      );
      return { run, settle: (isWell: boolean) => settle(isWell) };
    });
    await open();
    late[0]?.settle(true);
    await late[0]?.run;
    expect(circuit.state).toBe('open');
    clock.advance(1000);
    await answer(false);
    expect(await hintMs()).toBe(2000);
    clock.advance(2000);
    await answer(true);
    for (const { run, settle } of late.slice(1)) {
      settle(false);
      await expect(run).rejects.toBe(trouble);
    }
    expect(circuit.state).toBe('closed');
    for (let failure = 0; failure < 4; failure++) await fail();
    expect(circuit.state).toBe('closed');
  });

  it('opens once when many runs fail together', async () => {
    const { states, fail, clock } = breaker();
    await Promise.all(Array.from({ length: 20 }, () => fail()));
    expect(states).toEqual(['open']);
    expect(clock.pending).toBe(1);
  });

  it('opens after as many failures as stated', async () => {
    const { circuit, fail } = breaker({ failuresToOpen: 1 });
    await fail();
    expect(circuit.state).toBe('open');
  });

  it('that is stopped has no timer left and probes no more', async () => {
    const { circuit, clock, open } = breaker();
    await open();
    circuit.stop();
    expect(clock.pending).toBe(0);
    await Promise.all(
      Array.from({ length: 5 }, () => circuit.run(() => Promise.reject(trouble)).catch(() => undefined)),
    );
    expect(clock.pending).toBe(0);
  });

  it('that is stopped while its probe is under way sets no timer after it', async () => {
    const { circuit, clock, open, answer } = breaker();
    await open();
    clock.advance(1000);
    circuit.stop();
    await answer(false);
    expect(clock.pending).toBe(0);
  });
});
