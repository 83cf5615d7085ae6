// Callers that no server deserves: bad input of many kinds, slow readers and writers, half requests.
import { connect } from 'node:net';
import { createRuntimeClient, tensorFromValues, toContractTensor } from '@deephealth/sdk';
import { FLAG, FRAME, grpcHeaders, http2Frame, RawHttp2, seededRandom } from '@deephealth/sdk/testing';
import { postJson, wait } from './load.mjs';

const METHOD = '/deephealth.runtime.v1.ModelRuntime/Predict';
const HELD_MS = 3000;

const tensor = (values, shape = [1, values.length], dataType = 'FP32') =>
  toContractTensor(tensorFromValues(dataType, shape, values));

/** Requests that must be refused, each by its name. */
const BAD = {
  'a wrong shape': () => ({ modelName: 'offset', inputs: [{ name: 'x', tensor: tensor([1, 2, 3]) }] }),
  'a wrong type': () => ({
    modelName: 'offset',
    inputs: [{ name: 'x', tensor: tensor([1, 2, 3, 4], [1, 4], 'INT32') }],
  }),
  'an unknown input': () => ({ modelName: 'offset', inputs: [{ name: 'z', tensor: tensor([1, 2, 3, 4]) }] }),
  'no input': () => ({ modelName: 'mlp', inputs: [] }),
  'an unknown model': () => ({ modelName: 'nobody', inputs: [] }),
  'an unknown version': () => ({ modelName: 'mlp', modelVersion: '999999', inputs: [] }),
  'fewer bytes than its shape': () => ({
    modelName: 'offset',
    inputs: [{ name: 'x', tensor: { ...tensor([1, 2, 3, 4]), data: Buffer.alloc(7) } }],
  }),
  'not a number': () => ({ modelName: 'offset', inputs: [{ name: 'x', tensor: tensor([Number.NaN, 1, 2, 3]) }] }),
  'a shape beyond all memory': () => ({
    modelName: 'offset',
    inputs: [{ name: 'x', tensor: { ...tensor([1, 2, 3, 4]), shape: ['9007199254740991', '4'] } }],
  }),
  'an unknown sequence': () => ({
    modelName: 'sum',
    inputs: [{ name: 'x', tensor: tensor([1, 2, 3, 4]) }],
    sequenceContext: { sequenceId: 'never begun', isStart: false, isEnd: false },
  }),
};

export class Hostile {
  sent = 0;
  /** Bad requests that were answered as if they were good ones: at most 20. */
  accepted = [];
  #isOver = false;
  #running;

  constructor(server, seed) {
    this.server = server;
    this.random = seededRandom(seed);
  }

  start() {
    this.client = createRuntimeClient({ address: this.server.address });
    this.#running = [this.#badRequests(), this.#garbage(), this.#slowOnes()];
  }

  async stop() {
    this.#isOver = true;
    await Promise.race([Promise.all(this.#running), wait(30_000)]);
    this.client.close();
  }

  async #expectRefusal(name, call) {
    this.sent += 1;
    try {
      await call();
      if (this.accepted.length < 20) this.accepted.push(name);
    } catch {
      // Which code it is, others test; here servers are killed at the same time.
    }
  }

  async #badRequests() {
    const names = Object.keys(BAD);
    for (let count = 0; !this.#isOver; count++) {
      const name = names[count % names.length];
      await this.#expectRefusal(name, () => this.client.predict(BAD[name](), { deadlineMs: 10_000 }));
      const url = `http://127.0.0.1:${this.server.httpPort}/v2/models/mlp/infer`;
      const bodies = [
        '{',
        '[]',
        'null',
        '{"inputs":[]}',
        '{"inputs":[{"name":"features","datatype":"FP32","shape":[1,8],"data":[1]}]}',
      ];
      await this.#expectRefusal('a JSON body', () => postJson(url, bodies[count % bodies.length]));
      await wait(30);
    }
  }

  /** Bytes without sense on both ports, and messages without sense in calls that are sound. */
  async #garbage() {
    while (!this.#isOver) {
      const bytes = Buffer.from(Array.from({ length: 300 }, () => Math.floor(this.random() * 256)));
      for (const port of [this.server.port, this.server.httpPort]) {
        this.sent += 1;
        const socket = connect(port, '127.0.0.1');
        socket.on('error', () => undefined).on('data', () => undefined);
        socket.write(bytes);
        setTimeout(() => socket.destroy(), 200);
      }
      await this.#raw(async (raw) => {
        const message = Buffer.concat([Buffer.from([0, 0, 0, 1, 44]), bytes]);
        await raw.write(http2Frame(FRAME.headers, FLAG.endHeaders, 1, grpcHeaders(METHOD)));
        await raw.write(http2Frame(FRAME.data, FLAG.endStream, 1, message));
        await wait(100);
      });
      await wait(150);
    }
  }

  /** Peers that send half a request, ask and do not read, flood, or say nothing at all. */
  async #slowOnes() {
    const zeroWindow = Buffer.from([0, 4, 0, 0, 0, 0]);
    while (!this.#isOver) {
      this.sent += 4;
      const half = connect(this.server.httpPort, '127.0.0.1');
      half.on('error', () => undefined);
      half.write('POST /v2/models/mlp/infer HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n{');
      const mute = connect(this.server.port, '127.0.0.1');
      mute.on('error', () => undefined);
      const waiting = wait(HELD_MS);
      await this.#raw(
        async (raw) => {
          for (let id = 1; id < 60; id += 2) {
            await raw.write(
              http2Frame(FRAME.headers, FLAG.endHeaders, id, grpcHeaders(METHOD.replace('Predict', 'GetServerInfo'))),
            );
            await raw.write(http2Frame(FRAME.data, FLAG.endStream, id, Buffer.alloc(5)));
          }
          await waiting;
        },
        { settings: zeroWindow },
      );
      await this.#raw(async (raw) => {
        const pings = Buffer.concat(
          Array.from({ length: 500 }, () => http2Frame(FRAME.priority, 0, 1001, Buffer.from([0, 0, 0, 0, 1]))),
        );
        await raw.flood(() => pings, 1000);
      });
      half.destroy();
      mute.destroy();
    }
  }

  async #raw(act, options) {
    const raw = await RawHttp2.open(this.server.port, options).catch(() => undefined);
    if (raw === undefined) {
      await wait(100);
      return;
    }
    await act(raw);
    raw.destroy();
  }
}
