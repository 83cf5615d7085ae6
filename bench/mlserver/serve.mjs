import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { freePorts } from '../processes/free-ports.mjs';
import { installMlserver } from './install.mjs';

const START_LIMIT_MS = 60_000;
const STOP_LIMIT_MS = 10_000;

/**
 * Starts MLServer on free loopback ports with one ONNX file as model `name`, in one process without
 * access log, metrics and workers, which is its fastest setting for a small model.
 *
 * @param {{ folder: string, name: string, onnxFile: string, isReady: (address: string) => Promise<boolean>,
 *   say: (text: string) => void }} options `folder` is an empty one for its files
 * @returns {Promise<{ address: string, pid: number, stop: () => Promise<void> }>}
 */
export async function serveWithMlserver({ folder, name, onnxFile, isReady, say }) {
  const bin = await installMlserver(say);
  const [httpPort, grpcPort] = await freePorts(2);
  mkdirSync(folder, { recursive: true });
  copyFileSync(onnxFile, join(folder, 'model.onnx'));
  copyFileSync(fileURLToPath(new URL('./onnx_model.py', import.meta.url)), join(folder, 'onnx_model.py'));
  const settings = {
    host: '127.0.0.1',
    http_port: httpPort,
    grpc_port: grpcPort,
    metrics_endpoint: null,
    debug: false,
    parallel_workers: 0,
  };
  const model = { name, implementation: 'onnx_model.OnnxModel', parameters: { uri: './model.onnx', version: '1' } };
  writeFileSync(join(folder, 'settings.json'), JSON.stringify(settings));
  writeFileSync(join(folder, 'model-settings.json'), JSON.stringify(model));

  const server = spawn(join(bin, 'python'), [join(bin, 'mlserver'), 'start', folder], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
    // The Python package of ONNX Runtime reports to its maker too unless told otherwise.
    env: { ...process.env, ORT_DISABLE_TELEMETRY: '1', PYTHONDONTWRITEBYTECODE: '1' },
  });
  const killWithUs = () => server.kill('SIGKILL');
  process.once('exit', killWithUs);
  const exited = once(server, 'exit').then(() => process.off('exit', killWithUs));
  let log = '';
  for (const stream of [server.stdout, server.stderr]) {
    stream.setEncoding('utf8').on('data', (text) => {
      log = (log + text).slice(-4000);
    });
  }
  const stop = async () => {
    if (server.exitCode === null && server.signalCode === null) server.kill('SIGTERM');
    const overdue = setTimeout(() => server.kill('SIGKILL'), STOP_LIMIT_MS);
    await exited;
    clearTimeout(overdue);
  };
  const address = `127.0.0.1:${grpcPort}`;
  const limit = Date.now() + START_LIMIT_MS;
  while (!(await isReady(address))) {
    if (server.exitCode !== null || Date.now() > limit) {
      await stop();
      throw new Error(`MLServer did not start:\n${log}`);
    }
    await delay(250);
  }
  return { address, pid: server.pid, stop };
}
