// Callers of a soak: each asks one thing after the other, checks every answer, and comes back after failures.
import { createRuntimeClient, tensorFromValues, toContractTensor } from '@deephealth/sdk';
import { seededRandom } from '@deephealth/sdk/testing';
import { MLP_INPUTS, mlpExpected } from './packages.mjs';

const SEQUENCE_LENGTH = 40;
const DEADLINE_MS = 30_000;
/** What a caller waits after a failure before it asks again. */
const PAUSE_MS = 50;
const MLP_TOLERANCE = 1e-5;

const input = (name, values) => ({
  name,
  tensor: toContractTensor(tensorFromValues('FP32', [1, values.length], values)),
});

export function valuesOf(response, output) {
  const data = response.findings.find((finding) => finding.name === output)?.tensor?.data;
  return data === undefined ? [] : Array.from({ length: data.byteLength / 4 }, (_, i) => data.readFloatLE(i * 4));
}

const isAbout = (got, expected, tolerance) =>
  got.length === expected.length && got.every((value, i) => Math.abs(value - expected[i]) <= tolerance);

/** A question with its only right answer. */
export class Questions {
  #random;
  #mark;

  constructor(seed) {
    this.#random = seededRandom(seed);
    // Below 2^23, so that every sum is exact in FP32.
    this.#mark = (seed * 65_537) % 7_000_000;
  }

  next() {
    const dice = this.#random();
    this.#mark = (this.#mark + 1) % 8_000_000;
    if (dice < 0.5) {
      const index = this.#mark % MLP_INPUTS.length;
      return {
        model: 'mlp',
        inputName: 'features',
        values: MLP_INPUTS[index],
        output: 'probabilities',
        expected: (version) => mlpExpected(version, index),
        tolerance: MLP_TOLERANCE,
      };
    }
    const values = [this.#mark, 1, 2, 3];
    const [model, more] = dice < 0.75 ? ['offset', 0] : ['pipeline', 1000];
    const expected = (version) => values.map((value) => value + Number(version) + more);
    return { model, inputName: 'x', values, output: 'y', expected, tolerance: 0 };
  }
}

export class Load {
  #isOver = false;
  #isPaused = false;
  #running = [];

  /** @param server a ServerProcess @param tally a Tally @param options seed, requestsPerSecond of all callers */
  constructor(server, tally, { seed, requestsPerSecond }) {
    this.server = server;
    this.tally = tally;
    this.seed = seed;
    this.client = createRuntimeClient({ address: server.address });
    this.pace = pacer(requestsPerSecond);
  }

  start() {
    const { seed } = this;
    this.#running = [
      ...[0, 1, 2, 3].map((number) => this.#loop(this.#unary(new Questions(seed + number)))),
      ...[0, 1].map((number) => this.#loop(this.#http(new Questions(seed + 10 + number)))),
      ...[0, 1].map((number) => this.#streams(number)),
      this.#loop(this.#leaving(seededRandom(seed + 30))),
    ];
  }

  /** Takes no new questions; resolves when all that were asked have their answer or failure. */
  async pause() {
    this.#isPaused = true;
    const until = performance.now() + 2 * DEADLINE_MS;
    while (this.tally.underWay > 0 && performance.now() < until) await wait(20);
    return this.tally.underWay;
  }

  resume() {
    this.#isPaused = false;
  }

  async stop() {
    this.#isOver = true;
    this.#isPaused = false;
    await Promise.race([Promise.all(this.#running), wait(2 * DEADLINE_MS)]);
    this.client.close();
  }

  get isOver() {
    return this.#isOver;
  }

  /** Asks once, and again, at the pace of all. */
  async #loop(ask) {
    while (!this.#isOver) {
      await this.#turn();
      if (this.#isOver) return;
      if (!(await ask())) await wait(PAUSE_MS);
    }
  }

  async #turn() {
    await this.pace();
    while (this.#isPaused && !this.#isOver) await wait(20);
  }

  /** Counts the answer; true if it was one. */
  async #judge(kind, question, answer, allowed) {
    this.tally.begin();
    try {
      const { version, got, batchSize = 1 } = await answer();
      const expected = question.expected(version);
      this.tally.largestRun = Math.max(this.tally.largestRun, batchSize);
      this.tally.versions.add(`${question.model} ${version}`);
      if (isAbout(got, expected, question.tolerance)) this.tally.ok(question.model);
      else this.tally.isWrong(question.model, `${kind}: ${question.model} ${version} gave [${got}], not [${expected}]`);
      return true;
    } catch (error) {
      this.tally.failed(kind, error, allowed);
      return false;
    }
  }

  #toAnswer(question, response) {
    return {
      version: response.provenance?.modelVersion ?? '',
      batchSize: response.provenance?.batchSize,
      got: valuesOf(response, question.output),
    };
  }

  #request({ model, inputName, values }) {
    return { modelName: model, inputs: [input(inputName, values)] };
  }

  #unary(questions) {
    return () => {
      const question = questions.next();
      return this.#judge('unary', question, async () =>
        this.#toAnswer(question, await this.client.predict(this.#request(question), { deadlineMs: DEADLINE_MS })),
      );
    };
  }

  /** The Open Inference Protocol as JSON. */
  #http(questions) {
    return () => {
      const question = questions.next();
      const { model, inputName, values, output } = question;
      return this.#judge('http', question, async () => {
        const body = {
          inputs: [{ name: inputName, datatype: 'FP32', shape: [1, values.length], data: values }],
          outputs: [{ name: output }],
        };
        const answer = await postJson(`http://127.0.0.1:${this.server.httpPort}/v2/models/${model}/infer`, body);
        return { version: answer.model_version, got: answer.outputs[0].data };
      });
    };
  }

  /** Items over one stream, sequences among them; a new stream after a failure. */
  async #streams(number) {
    for (let round = 0; !this.#isOver; round++) {
      const questions = new Questions(this.seed + 1000 * round + 20 + number);
      const random = seededRandom(this.seed + 1000 * round + 40 + number);
      let stream;
      try {
        stream = await this.client.predictStream({ deadlineMs: 3_600_000 });
      } catch {
        await wait(PAUSE_MS * 4);
        continue;
      }
      let id = 0;
      let hasFailed = false;
      const lane = async (laneNumber) => {
        const sequences = new Sequences(`${number}-${round}-${laneNumber}`);
        while (!this.#isOver && !hasFailed) {
          await this.#turn();
          if (this.#isOver) return;
          const question = laneNumber < 2 ? sequences.next(Math.floor(random() * 100)) : questions.next();
          const request = { ...this.#request(question), ...question.more };
          const isAnswered = await this.#judge('stream', question, async () =>
            this.#toAnswer(question, await stream.predict(`${id++}`, request)),
          );
          if (!isAnswered) hasFailed = true;
        }
      };
      await Promise.all(Array.from({ length: 8 }, (_, laneNumber) => lane(laneNumber)));
      await Promise.race([stream.end().catch(() => undefined), wait(DEADLINE_MS)]);
      stream.cancel();
      if (hasFailed) await wait(PAUSE_MS);
    }
  }

  /** Calls that are cancelled, and calls whose time is short; what is answered all the same must be right. */
  #leaving(random) {
    let mark = 0;
    return async () => {
      mark = (mark + 1) % 8_000_000;
      const values = [mark, 5, 6, 7];
      const question = { model: 'slow', output: 'y', expected: () => values, tolerance: 0 };
      const request = { modelName: 'slow', inputs: [input('x', values)] };
      const isShort = random() < 0.5;
      const ms = 1 + Math.floor(random() * 120);
      const leaving = new AbortController();
      const timer = isShort ? undefined : setTimeout(() => leaving.abort(), ms);
      const settings = isShort ? { deadlineMs: ms } : { signal: leaving.signal, deadlineMs: DEADLINE_MS };
      await this.#judge(
        'leaving',
        question,
        async () => this.#toAnswer(question, await this.client.predict(request, settings)),
        ['DH_CANCELLED', 'DH_DEADLINE_EXCEEDED'],
      );
      clearTimeout(timer);
      return true;
    };
  }
}

/** Items of one sequence after the other. */
class Sequences {
  #name;
  #number = 0;
  #position = 0;
  #sum = 0;

  constructor(name) {
    this.#name = name;
  }

  next(value) {
    const isStart = this.#position === 0;
    if (isStart) this.#number += 1;
    this.#sum = isStart ? value : this.#sum + value;
    this.#position = (this.#position + 1) % SEQUENCE_LENGTH;
    const sum = this.#sum;
    return {
      model: 'sum',
      inputName: 'x',
      values: [value, value, value, value],
      output: 'y',
      expected: () => [sum, sum, sum, sum],
      tolerance: 0,
      more: {
        sequenceContext: {
          sequenceId: `${this.#name}-${this.#number}`,
          isStart,
          isEnd: this.#position === 0,
        },
      },
    };
  }
}

/** The answer to a JSON request; a failure has the code that its body names. */
export async function postJson(url, body) {
  const text = typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body);
  const response = await fetch(url, {
    method: 'POST',
    body: text,
    headers: { 'content-type': 'application/json' },
    signal: AbortSignal.timeout(DEADLINE_MS),
  }).catch((error) => {
    // Of a server that is just being killed.
    throw Object.assign(new Error(String(error.cause?.code ?? error.message)), {
      code: error.name === 'TimeoutError' ? 'TIMEOUT' : 'DH_CONNECT_FAILED',
      retryable: error.name !== 'TimeoutError',
    });
  });
  const answer = await response.text().catch((error) => {
    throw Object.assign(error, { code: 'DH_CONNECT_FAILED', retryable: true });
  });
  if (response.ok) return JSON.parse(answer);
  const reason = response.headers.get('x-deephealth-reason');
  const code = reason === null ? `HTTP_${response.status}` : `DH_${reason}`;
  const retryable = response.status === 503 || response.status === 429;
  throw Object.assign(new Error(answer.slice(0, 200)), { code, retryable });
}

/** Resolves so often in a second, for all who wait together. */
function pacer(perSecond) {
  let next = performance.now();
  return async () => {
    const now = performance.now();
    // What was not used while nobody could ask is not made up for.
    next = Math.max(next, now - 100) + 1000 / perSecond;
    if (next > now) await wait(next - now);
    else await new Promise((resolve) => setImmediate(resolve));
  };
}

export const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
