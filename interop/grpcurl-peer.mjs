// grpcurl, a client that knows nothing of the contract but what reflection tells it.
import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expectEqual, expectIncludes } from './check-report.mjs';
import { peerFolder } from './python-peer.mjs';
import { lastLines, runProcess } from './run-process.mjs';

const PACKAGE = 'github.com/fullstorydev/grpcurl/cmd/grpcurl';
const VERSION = 'v1.9.3';
const INSTALL_LIMIT_MS = 240_000;
const CALL_LIMIT_MS = 30_000;

const RUNTIME = 'deephealth.runtime.v1.ModelRuntime';

/** True if Go is there to build grpcurl with. */
export async function hasGo() {
  return (await runProcess('go', ['version'], { limitMs: CALL_LIMIT_MS })).code === 0;
}

/** Builds grpcurl unless it is there already; gives its path. Throws why it cannot. */
export async function installGrpcurl(root) {
  const folder = join(peerFolder(root, 'grpcurl'), VERSION);
  const grpcurl = join(folder, process.platform === 'win32' ? 'grpcurl.exe' : 'grpcurl');
  if (existsSync(grpcurl)) return grpcurl;

  const scratch = join(folder, 'scratch');
  rmSync(scratch, { recursive: true, force: true });
  mkdirSync(join(scratch, 'tmp'), { recursive: true });
  const settings = await runProcess('go', ['env', 'GOENV'], { limitMs: CALL_LIMIT_MS });
  const { code, stdout, stderr } = await runProcess('go', ['install', `${PACKAGE}@${VERSION}`], {
    limitMs: INSTALL_LIMIT_MS,
    env: {
      GOBIN: folder,
      GOPATH: join(scratch, 'path'),
      GOMODCACHE: join(scratch, 'modules'),
      GOCACHE: join(scratch, 'cache'),
      GOTMPDIR: join(scratch, 'tmp'),
      // Go counts its own use below the configuration folder; its settings stay where they are.
      XDG_CONFIG_HOME: join(scratch, 'config'),
      GOENV: settings.stdout.trim(),
      GOFLAGS: `${process.env.GOFLAGS ?? ''} -modcacherw`.trim(),
    },
  });
  // Half a gigabyte that only a build needs.
  rmSync(scratch, { recursive: true, force: true });
  if (code !== 0) throw new Error(`"go install ${PACKAGE}@${VERSION}" failed.\n${lastLines(stdout + stderr)}`);
  return grpcurl;
}

export async function runGrpcurlChecks(grpcurl, address, expected, report) {
  const call = async (verb, flags = [], body = undefined) => {
    const data = body === undefined ? [] : ['-d', '@'];
    const { code, stdout, stderr } = await runProcess(grpcurl, ['-plaintext', ...flags, ...data, address, ...verb], {
      limitMs: CALL_LIMIT_MS,
      env: { NO_PROXY: '127.0.0.1', no_proxy: '127.0.0.1' },
      input: body === undefined ? '' : JSON.stringify(body),
    });
    return { code, stdout, stderr };
  };
  const answer = async (method, body = {}) => {
    const { code, stdout, stderr } = await call([`${RUNTIME}/${method}`], [], body);
    expectEqual(`exit code (${stderr.trim()})`, code, 0);
    return JSON.parse(stdout);
  };
  const check = (sentence, run) => report.check('grpcurl', sentence, run);

  await check('lists the services by reflection', async () => {
    const { stdout, stderr } = await call(['list']);
    expectEqual('stderr', stderr, '');
    expectIncludes('services', stdout.trim().split('\n'), [RUNTIME, 'inference.GRPCInferenceService']);
  });
  await check('describes Predict by reflection', async () => {
    const { stdout, stderr } = await call(['describe', `${RUNTIME}.Predict`]);
    expectEqual('stderr', stderr, '');
    const method =
      'rpc Predict ( .deephealth.runtime.v1.PredictRequest ) returns ( .deephealth.runtime.v1.PredictResponse );';
    expectIncludes('method', stdout.split('\n'), [method]);
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
    const data = Buffer.from(Float32Array.of(1.5, -2, 0, 4).buffer).toString('base64');
    const tensor = { dataType: 'DATA_TYPE_FP32', shape: ['1', '4'], data };
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
}
