// grpcurl, a client that knows nothing of the contract but what reflection tells it.
import { join } from 'node:path';
import { expectEqual, expectIncludes, expectTrue } from './check-report.mjs';
import { LOOPBACK_ENVIRONMENT } from './loopback-environment.mjs';
import { runProcess } from './run-process.mjs';

export const GRPCURL = { module: 'github.com/fullstorydev/grpcurl/cmd/grpcurl', version: 'v1.9.3' };

const CALL_LIMIT_MS = 180_000;

const RUNTIME = 'deephealth.runtime.v1.ModelRuntime';

const INFERENCE = 'inference.GRPCInferenceService';
const HEALTH = 'grpc.health.v1.Health';

const VALUES = [1.5, -2, 0, 4];
const tensorOf = (values) => ({
  dataType: 'DATA_TYPE_FP32',
  shape: ['1', '4'],
  data: Buffer.from(Float32Array.from(values).buffer).toString('base64'),
});

/** grpcurl writes the messages of a stream one after another, each indented, and reads them so. */
const messagesIn = (text) => JSON.parse(`[${text.trim().replaceAll('}\n{', '},{')}]`);

export async function runGrpcurlChecks(grpcurl, { root, address, expected }, report) {
  const call = async (verb, flags = [], body = undefined) => {
    const data = body === undefined ? [] : ['-d', '@'];
    const { code, stdout, stderr } = await runProcess(grpcurl, ['-plaintext', ...flags, ...data, address, ...verb], {
      limitMs: CALL_LIMIT_MS,
      env: LOOPBACK_ENVIRONMENT,
      input:
        body === undefined
          ? ''
          : [body]
              .flat()
              .map((message) => JSON.stringify(message))
              .join('\n'),
    });
    return { code, stdout, stderr };
  };
  const answer = async (method, body = {}, service = RUNTIME) => {
    const { code, stdout, stderr } = await call([`${service}/${method}`], [], body);
    expectEqual(`exit code (${stderr.trim()})`, code, 0);
    return JSON.parse(stdout);
  };
  const check = (sentence, run) => report.check('grpcurl', sentence, run);

  await check('lists the services by reflection', async () => {
    const { stdout, stderr } = await call(['list']);
    expectEqual('stderr', stderr, '');
    expectIncludes('services', stdout.trim().split('\n'), [RUNTIME, INFERENCE]);
  });
  await check('describes Predict by reflection', async () => {
    const { stdout, stderr } = await call(['describe', `${RUNTIME}.Predict`]);
    expectEqual('stderr', stderr, '');
    const method =
      'rpc Predict ( .deephealth.runtime.v1.PredictRequest ) returns ( .deephealth.runtime.v1.PredictResponse );';
    expectIncludes('method', stdout.split('\n'), [method]);
  });
  await check('describes every service, method and message that reflection lists', async () => {
    for (const service of (await call(['list'])).stdout.trim().split('\n')) {
      const { stdout, stderr } = await call(['describe', service]);
      expectEqual(`stderr for ${service}`, stderr, '');
      const messages = new Set([...stdout.matchAll(/\( (?:stream )?\.([\w.]+) \)/g)].map(([, name]) => name));
      expectTrue(`methods of ${service}`, messages.size > 0);
      for (const message of messages) {
        const described = await call(['describe', message]);
        expectTrue(`${message} is a message (${described.stderr.trim()})`, described.stdout.includes('is a message:'));
      }
    }
  });
  await check('health is listed by reflection and answers a question built from it', async () => {
    expectIncludes('services', (await call(['list'])).stdout.trim().split('\n'), [HEALTH]);
    const { code, stdout, stderr } = await call([`${HEALTH}/Check`], [], {});
    expectEqual(`exit code (${stderr.trim()})`, code, 0);
    expectEqual('health', JSON.parse(stdout), { status: 'SERVING' });
  });
  await check('GetServerInfo reads as JSON', async () => {
    const info = await answer('GetServerInfo');
    expectEqual('name', info.name, 'deephealth-runtime');
    expectEqual('contract', info.contractVersions, [{ major: 1 }]);
    expectEqual('is ready', info.isReady, true);
  });
  await check('ListModels reads as JSON', async () => {
    const { models } = await answer('ListModels');
    const states = (list) => list.map((m) => `${m.name} ${m.version} ${m.state}`).sort();
    expectEqual(
      'states',
      states(models),
      states(expected.models.map((m) => ({ ...m, state: `MODEL_STATE_${m.state}` }))),
    );
  });
  await check('Predict answers a request written as JSON', async () => {
    const tensor = tensorOf(VALUES);
    const { requestId, findings } = await answer('Predict', {
      requestId: 'from a shell',
      modelName: 'identity-fp32',
      inputs: [{ name: 'x', tensor }],
    });
    expectEqual('request id', requestId, 'from a shell');
    expectEqual('findings', findings, [{ name: 'y', tensor }]);
  });
  await check('an error is shown with its details', async () => {
    const { code, stderr } = await call([`${RUNTIME}/GetModel`], ['-format-error'], { name: 'no-such-model' });
    // grpcurl exits with 64 plus the status code; NOT_FOUND is 5.
    expectEqual(`exit code (${stderr.trim()})`, code, 69);
    const [detail] = JSON.parse(stderr.slice(stderr.indexOf('{'))).details;
    expectEqual('type', detail['@type'], 'type.googleapis.com/google.rpc.ErrorInfo');
    expectEqual('reason and domain', [detail.reason, detail.domain], ['MODEL_NOT_FOUND', 'deephealth']);
  });
  await check(
    'ModelInfer answers a request written as JSON, with the proto file in the place of reflection',
    async () => {
      const folder = join(root, 'proto', 'proto');
      const flags = ['-import-path', folder, '-proto', 'inference/grpc_service.proto'];
      const { code, stdout, stderr } = await call([`${INFERENCE}/ModelInfer`], flags, inferRequest('a', VALUES));
      expectEqual(`exit code (${stderr.trim()})`, code, 0);
      const { id, rawOutputContents } = JSON.parse(stdout);
      expectEqual('id and values', { id, rawOutputContents }, { id: 'a', rawOutputContents: [tensorOf(VALUES).data] });
    },
  );
  await check('ModelMetadata and ModelConfig read as JSON', async () => {
    const metadata = await answer('ModelMetadata', { name: 'sum-and-difference' }, INFERENCE);
    const shapes = [...metadata.inputs, ...metadata.outputs].map(({ name, shape }) => [name, shape]);
    const names = ['left', 'right', 'sum', 'difference'];
    expectEqual(
      'shapes',
      shapes,
      names.map((name) => [name, ['-1', '16']]),
    );
    const { config } = await answer('ModelConfig', { name: 'sum-and-difference' }, INFERENCE);
    const dims = [...config.input, ...config.output].map(({ name, dataType, dims }) => [name, dataType, dims]);
    expectEqual(
      'dims',
      dims,
      names.map((name) => [name, 'TYPE_INT32', ['16']]),
    );
  });
  await check('PredictStream opens with what may be in flight and answers every item, refused ones too', async () => {
    const item = (itemId, request) => ({ itemId, request });
    const inputs = [{ name: 'x', tensor: tensorOf(VALUES) }];
    const { code, stdout, stderr } = await call(
      [`${RUNTIME}/PredictStream`],
      [],
      [item('sound', { modelName: 'identity-fp32', inputs }), item('unknown', { modelName: 'no-such-model', inputs })],
    );
    expectEqual(`exit code (${stderr.trim()})`, code, 0);
    const [first, ...results] = messagesIn(stdout);
    expectTrue('what may be in flight', first.ready.maxInFlight > 0);
    const byId = new Map(results.map(({ result }) => [result.itemId, result]));
    expectEqual('items', [...byId.keys()].sort(), ['sound', 'unknown']);
    expectEqual('findings', byId.get('sound').response.findings, [{ name: 'y', tensor: tensorOf(VALUES) }]);
    const { code: status, reason } = byId.get('unknown').status;
    expectEqual('refusal', { status, reason }, { status: 5, reason: 'MODEL_NOT_FOUND' });
  });
  await check('ModelStreamInfer answers every message, refused ones with an error message', async () => {
    const requests = [inferRequest('first', VALUES), inferRequest('second', [9, 8, 7, 6])];
    const refused = { ...inferRequest('refused', VALUES), modelName: 'no-such-model' };
    const { code, stdout, stderr } = await call([`${INFERENCE}/ModelStreamInfer`], [], [...requests, refused]);
    expectEqual(`exit code (${stderr.trim()})`, code, 0);
    const answers = messagesIn(stdout);
    const contents = new Map(answers.map(({ inferResponse }) => [inferResponse.id, inferResponse.rawOutputContents]));
    expectEqual('first', contents.get('first'), [tensorOf(VALUES).data]);
    expectEqual('second', contents.get('second'), [tensorOf([9, 8, 7, 6]).data]);
    const errors = answers.flatMap(({ errorMessage }) => errorMessage ?? []);
    expectEqual('errors', errors, ["Request for unknown model: 'no-such-model' is not found"]);
  });
  await check('with the metadata triton_grpc_error, an error ends ModelStreamInfer as its status', async () => {
    const refused = { ...inferRequest('refused', VALUES), modelName: 'no-such-model' };
    const { code, stderr } = await call(
      [`${INFERENCE}/ModelStreamInfer`],
      ['-H', 'triton_grpc_error: true'],
      [refused],
    );
    expectEqual(`exit code (${stderr.trim()})`, code, 69);
  });
  await check('WatchModels gives every version and goes on until the caller has enough', async () => {
    const { code, stdout, stderr } = await call([`${RUNTIME}/WatchModels`], ['-max-time', '2'], {});
    // 64 plus DEADLINE_EXCEEDED, which is the caller's own.
    expectEqual(`exit code (${stderr.trim()})`, code, 68);
    const messages = messagesIn(stdout.trim());
    const versions = messages.map(({ model }) => `${model.name} ${model.version}`).sort();
    expectEqual('versions', versions, expected.models.map(({ name, version }) => `${name} ${version}`).sort());
    expectEqual('end of the snapshot', messages.at(-1).isSnapshotComplete, true);
  });
}

function inferRequest(id, values) {
  const contents = { fp32Contents: values };
  return {
    modelName: 'identity-fp32',
    id,
    inputs: [{ name: 'x', datatype: 'FP32', shape: ['1', '4'], contents }],
  };
}
