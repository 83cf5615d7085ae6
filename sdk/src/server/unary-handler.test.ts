import { loadContract, type runtimeV1 } from '@deephealth/proto';
import { credentials, Metadata, type ServiceError, status } from '@grpc/grpc-js';
import { afterEach, describe, expect, it } from 'vitest';
import { event, type ScriptedRuntime, startScriptedRuntime } from '../../test/scripted-runtime.js';
import { DeepHealthError } from '../errors/deephealth-error.js';
import { fromGrpcError } from '../errors/grpc-status.js';
import { type CallContext, callContext, unaryHandler } from './unary-handler.js';

type Request = runtimeV1.PredictRequest__Output;
type Run = (request: Request, context: CallContext) => Promise<runtimeV1.PredictResponse> | runtimeV1.PredictResponse;

const { ModelRuntime } = loadContract().deephealth.runtime.v1;

let runtime: ScriptedRuntime | undefined;
let client: InstanceType<typeof ModelRuntime> | undefined;
afterEach(() => {
  client?.close();
  runtime?.stop();
  client = runtime = undefined;
});

/** A server with one handler, and what reached its log. */
async function serve(run: Run) {
  const logged: unknown[] = [];
  const predict = unaryHandler<Request, runtimeV1.PredictResponse>(run, (thrown) => void logged.push(thrown));
  runtime = await startScriptedRuntime({ predict });
  const to = new ModelRuntime(runtime.address, credentials.createInsecure());
  client = to;
  const predictOnce = (requestId = '', deadline: Date | number = Number.POSITIVE_INFINITY) => {
    let cancel: () => void = () => undefined;
    const answer = new Promise<runtimeV1.PredictResponse__Output | ServiceError>((resolve) => {
      const call = to.predict({ requestId }, new Metadata(), { deadline }, (error, response) =>
        resolve(error ?? (response as runtimeV1.PredictResponse__Output)),
      );
      cancel = () => call.cancel();
    });
    return { answer, cancel: () => cancel() };
  };
  return { logged, predictOnce };
}

const secret = new Error("ENOENT: no such file, open '/srv/secret/model.onnx'");

describe('unaryHandler', () => {
  it('answers what the function gives, at once or later', async () => {
    const { predictOnce, logged } = await serve(({ requestId }) =>
      requestId === 'now' ? { requestId } : Promise.resolve({ requestId }),
    );
    expect(await predictOnce('now').answer).toMatchObject({ requestId: 'now' });
    expect(await predictOnce('later').answer).toMatchObject({ requestId: 'later' });
    expect(logged).toEqual([]);
  });

  it.each<[string, unknown, Run]>([
    [
      'a function that throws',
      secret,
      () => {
        throw secret;
      },
    ],
    ['a rejected promise', secret, () => Promise.reject(secret)],
    [
      'a thrown text',
      '/srv/secret',
      () => {
        throw '/srv/secret';
      },
    ],
    [
      'a thrown undefined',
      undefined,
      () => {
        throw undefined;
      },
    ],
    [
      'a thrown object with a status of its own',
      { code: status.OK, details: '/srv/secret' },
      () => Promise.reject({ code: status.OK, details: '/srv/secret' }),
    ],
    [
      'an AbortError, whose code is 20',
      new DOMException('secret', 'AbortError'),
      () => Promise.reject(new DOMException('secret', 'AbortError')),
    ],
  ])('answers %s with INTERNAL, tells nothing and logs the original (DH-R-022)', async (_, thrown, run) => {
    const { predictOnce, logged } = await serve(run);
    const error = (await predictOnce().answer) as ServiceError;
    expect(error.code).toBe(status.INTERNAL);
    expect(JSON.stringify([error.details, error.metadata.getMap()])).not.toMatch(/secret|srv|ENOENT/);
    expect(fromGrpcError(error).code).toBe('DH_INTERNAL');
    expect(logged).toEqual([thrown]);
  });

  it('answers one of our errors with its status and details (DH-R-021)', async () => {
    const { predictOnce } = await serve(() => {
      throw new DeepHealthError('DH_INPUT_MISSING', 'Input "ecg" is missing.', {
        details: { input: 'ecg' },
        cause: secret,
      });
    });
    const error = (await predictOnce().answer) as ServiceError;
    expect(error).toMatchObject({ code: status.INVALID_ARGUMENT, details: 'Input "ecg" is missing.' });
    expect(fromGrpcError(error)).toMatchObject({ code: 'DH_INPUT_MISSING', details: { input: 'ecg' } });
  });

  it('answers the next request after a failed one (DH-R-023)', async () => {
    const { predictOnce } = await serve(({ requestId }) => {
      if (requestId === 'bad') throw secret;
      return { requestId };
    });
    expect(await predictOnce('bad').answer).toMatchObject({ code: status.INTERNAL });
    expect(await predictOnce('good').answer).toMatchObject({ requestId: 'good' });
  });

  it('answers also where the log cannot be written, and says so', async () => {
    const warned = event<Error>();
    process.once('warning', warned.happen);
    const predict = unaryHandler<Request, runtimeV1.PredictResponse>(
      () => {
        throw secret;
      },
      () => {
        throw new Error('disk full');
      },
    );
    runtime = await startScriptedRuntime({ predict });
    const to = new ModelRuntime(runtime.address, credentials.createInsecure());
    client = to;
    for (let round = 0; round < 2; round++) {
      const error = await new Promise<ServiceError | null>((resolve) => to.predict({}, resolve));
      expect(error?.code).toBe(status.INTERNAL);
    }
    expect(await warned.happened).toMatchObject({ name: 'DeepHealthWarning' });
  });
});

describe('callContext', () => {
  it('aborts when the caller cancels', async () => {
    const arrived = event();
    const aborted = event();
    const { predictOnce } = await serve(
      (_, { signal }) =>
        new Promise(() => {
          expect(signal.aborted).toBe(false);
          signal.addEventListener('abort', () => aborted.happen());
          arrived.happen();
        }),
    );
    const { answer, cancel } = predictOnce();
    await arrived.happened;
    cancel();
    await aborted.happened;
    expect(await answer).toMatchObject({ code: status.CANCELLED });
  });

  it('aborts when the deadline passes', async () => {
    const aborted = event();
    const { predictOnce } = await serve(
      (_, { signal }) => new Promise(() => signal.addEventListener('abort', () => aborted.happen())),
    );
    expect(await predictOnce('', Date.now() + 60).answer).toMatchObject({ code: status.DEADLINE_EXCEEDED });
    await aborted.happened;
  });

  it('aborts when the caller disconnects', async () => {
    const arrived = event();
    const aborted = event();
    const { predictOnce } = await serve(
      (_, { signal }) =>
        new Promise(() => {
          signal.addEventListener('abort', () => aborted.happen());
          arrived.happen();
        }),
    );
    const { answer } = predictOnce();
    await arrived.happened;
    client?.close();
    runtime?.stop();
    await aborted.happened;
    await answer;
  });

  it('tells the deadline in ms since the epoch, or that there is none', async () => {
    const deadlines: number[] = [];
    const { predictOnce } = await serve((_, { deadlineMs }) => {
      deadlines.push(deadlineMs);
      return {};
    });
    const before = Date.now();
    await predictOnce('', new Date(before + 40_000)).answer;
    await predictOnce().answer;
    // gRPC sends what is left of the time, which a busy machine makes shorter.
    expect(deadlines[0]).toBeGreaterThan(before + 35_000);
    expect(deadlines[0]).toBeLessThanOrEqual(before + 41_000);
    expect(deadlines[1]).toBe(Number.POSITIVE_INFINITY);
  });

  it('is aborted for a call that was cancelled before anybody looked', () => {
    const call = { cancelled: true, getDeadline: () => new Date(5), on: () => undefined };
    expect(callContext(call)).toMatchObject({ deadlineMs: 5, signal: { aborted: true } });
  });
});
