// ghz, a load generator: it builds its messages from reflection or from the proto files.
import { join } from 'node:path';
import { expectEqual } from './check-report.mjs';
import { LOOPBACK_ENVIRONMENT } from './loopback-environment.mjs';
import { requestsCounted } from './request-metrics.mjs';
import { runProcess } from './run-process.mjs';

export const GHZ = { module: 'github.com/bojand/ghz/cmd/ghz', version: 'v0.121.0' };

const LIMIT_MS = 180_000;
const CALLS = 300;

const MODEL_INFER = 'inference.GRPCInferenceService.ModelInfer';
const STREAM_INFER = 'inference.GRPCInferenceService.ModelStreamInfer';
const PREDICT = 'deephealth.runtime.v1.ModelRuntime.Predict';
const PREDICT_STREAM = 'deephealth.runtime.v1.ModelRuntime.PredictStream';

const VALUES = [1.5, -2, 0, 4];
// ghz fills in the number of the call.
const ID = 'call {{.RequestNumber}}';

function inferRequest(model, tensor = {}) {
  const contents = { fp32_contents: VALUES };
  return { model_name: model, id: ID, inputs: [{ name: 'x', datatype: 'FP32', shape: [1, 4], contents, ...tensor }] };
}

function predictRequest(model, shape = [1, 4]) {
  const data = Buffer.from(Float32Array.from(VALUES).buffer).toString('base64');
  const tensor = { data_type: 'DATA_TYPE_FP32', shape, data };
  return { request_id: ID, model_name: model, inputs: [{ name: 'x', tensor }] };
}

export async function runGhzChecks(ghz, { root, address, httpAddress }, report) {
  const protoFolder = join(root, 'proto', 'proto');
  const fromProto = (file) => ['--proto', join(protoFolder, file), '--import-paths', protoFolder];
  const inferProto = fromProto('inference/grpc_service.proto');
  const runtimeProto = fromProto('deephealth/runtime/v1/model_runtime.proto');
  const check = (sentence, run) => report.check('ghz', sentence, run);

  const load = async (call, data, { calls = CALLS, flags = [] } = {}) => {
    const options = [
      '--insecure',
      '--call',
      call,
      '--data',
      JSON.stringify(data),
      '-n',
      String(calls),
      '-c',
      '10',
      '-O',
      'json',
    ];
    const { code, stdout, stderr } = await runProcess(ghz, [...options, ...flags, address], {
      limitMs: LIMIT_MS,
      env: LOOPBACK_ENVIRONMENT,
    });
    expectEqual(`exit code (${stderr.trim()})`, code, 0);
    const { count, endReason, statusCodeDistribution: statuses, errorDistribution: errors } = JSON.parse(stdout);
    expectEqual('calls and end', { count, endReason }, { count: calls, endReason: 'normal' });
    return { statuses, errors: Object.keys(errors) };
  };
  const expectAllOk = async (call, data, options = {}) => {
    expectEqual('outcome', await load(call, data, options), { statuses: { OK: options.calls ?? CALLS }, errors: [] });
  };
  const expectAllEnded = async (call, data, status, options = {}) => {
    const { statuses, errors } = await load(call, data, options);
    expectEqual('statuses', statuses, { [status]: options.calls ?? CALLS });
    return errors;
  };
  /** All calls end with one status and one sentence, which starts as given. */
  const expectAllRefused = async (call, data, status, start, options = {}) => {
    const errors = await expectAllEnded(call, data, status, options);
    expectEqual('number of different errors', errors.length, 1);
    const sentence = `rpc error: code = ${status} desc = ${start}`;
    expectEqual('start of the error', errors[0].slice(0, sentence.length), sentence);
  };
  /** What the server itself counted during `run`, by model and code. */
  const expectCounted = async (expected, run) => {
    const before = await requestsCounted(httpAddress);
    await run();
    const after = await requestsCounted(httpAddress);
    for (const [series, count] of Object.entries(expected)) {
      expectEqual(`requests counted as ${series}`, (after.get(series) ?? 0) - (before.get(series) ?? 0), count);
    }
  };

  await check(`${CALLS} ModelInfer calls built from reflection are all OK, and the server counts them all`, () =>
    expectCounted({ 'identity-fp32 OK': CALLS }, () => expectAllOk(MODEL_INFER, inferRequest('identity-fp32'))),
  );
  await check(`${CALLS} ModelInfer calls built from the proto file are all OK, over five connections`, () =>
    expectAllOk(MODEL_INFER, inferRequest('identity-fp32'), { flags: [...inferProto, '--connections', '5'] }),
  );
  await check(`${CALLS} Predict calls built from reflection are all OK, and the server counts them all`, () =>
    expectCounted({ 'identity-fp32 OK': CALLS }, () => expectAllOk(PREDICT, predictRequest('identity-fp32'))),
  );
  await check(`${CALLS} Predict calls built from the proto files are all OK`, () =>
    expectAllOk(PREDICT, predictRequest('identity-fp32'), { flags: runtimeProto }),
  );
  await check('several requests in turn are sent as they are, each to its own model', () => {
    const requests = [inferRequest('identity-fp32'), inferRequest('slow'), inferRequest('identity-fp32')];
    return expectCounted({ 'identity-fp32 OK': 20, 'slow OK': 10 }, () =>
      expectAllOk(MODEL_INFER, requests, { calls: 30 }),
    );
  });
  await check('an unknown model is NotFound in every call, and counted under its reason', () =>
    expectCounted({ ' MODEL_NOT_FOUND': CALLS }, () =>
      expectAllRefused(
        MODEL_INFER,
        inferRequest('no-such-model'),
        'NotFound',
        "Request for unknown model: 'no-such-model'",
      ),
    ),
  );
  await check('a wrong shape is InvalidArgument in every call, and counted under its reason', () =>
    expectCounted({ 'identity-fp32 TENSOR_SHAPE_MISMATCH': CALLS, 'identity-fp32 OK': 0 }, () =>
      expectAllRefused(PREDICT, predictRequest('identity-fp32', [2, 2]), 'InvalidArgument', ''),
    ),
  );
  await check('a refused version is FailedPrecondition in every call', () =>
    expectAllRefused(PREDICT, predictRequest('wrong-golden'), 'FailedPrecondition', ''),
  );
  await check('a deadline that passes is DeadlineExceeded in every call, and the next calls are OK', async () => {
    const options = { calls: 10, flags: ['--timeout', '100ms'] };
    // Whose words come with the status, the client's or the server's, is a race that either may win.
    await expectAllEnded(MODEL_INFER, inferRequest('slow'), 'DeadlineExceeded', options);
    await expectAllOk(MODEL_INFER, inferRequest('identity-fp32'));
  });
  await check('refused requests among sound ones are counted apart, and disturb none', async () => {
    const requests = [inferRequest('identity-fp32'), inferRequest('identity-fp32', { shape: [2, 4] })];
    const { statuses } = await load(MODEL_INFER, requests);
    expectEqual('statuses', statuses, { OK: CALLS / 2, InvalidArgument: CALLS / 2 });
  });
  await check('50 ModelStreamInfer calls of three messages each are OK, and the server counts every message', () => {
    const message = inferRequest('identity-fp32');
    return expectCounted({ 'identity-fp32 OK': 150 }, () =>
      expectAllOk(STREAM_INFER, [message, message, message], { calls: 50 }),
    );
  });
  await check('50 PredictStream calls of two items each are OK, and the server counts every item', () => {
    const item = (id) => ({ item_id: id, request: predictRequest('identity-fp32') });
    return expectCounted({ 'identity-fp32 OK': 100 }, () =>
      expectAllOk(PREDICT_STREAM, [item('a'), item('b')], { calls: 50 }),
    );
  });
  await check('150 calls a second for two seconds are all OK', async () => {
    const options = { calls: 300, flags: ['--rps', '150', '--async'] };
    await expectAllOk(MODEL_INFER, inferRequest('identity-fp32'), options);
  });
}
