// Orthanc with its DICOMweb plugin, in a process of its own that only this machine reaches.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { listeningSockets } from './listening-sockets.mjs';
import { lastLines } from './run-process.mjs';

const START_LIMIT_MS = 180_000;
const STOP_LIMIT_MS = 20_000;

/**
 * Starts it on a port of loopback with what `folder` holds from an earlier start. Gives { pid, url, dicomWeb,
 * listens, stop(), kill() }: `listens` are the addresses of its sockets; both ends wait until it is gone.
 */
export async function startOrthanc({ orthanc, plugins, loopback, env }, folder, port) {
  const storage = join(folder, 'storage');
  mkdirSync(storage, { recursive: true });
  const settings = join(folder, 'orthanc.json');
  writeFileSync(settings, JSON.stringify(settingsOf(storage, port, plugins)));
  const server = spawn(orthanc, [settings], {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, ...env, LD_PRELOAD: loopback },
  });
  const killWithUs = () => server.kill('SIGKILL');
  process.once('exit', killWithUs);
  let log = '';
  server.stderr.setEncoding('utf8').on('data', (text) => {
    log = `${log}${text}`.slice(-100_000);
  });
  let code;
  const ended = Promise.race([once(server, 'exit'), once(server, 'error')]).then(([how, signal]) => {
    process.off('exit', killWithUs);
    code = how ?? signal;
    return code;
  });
  const end = async (signal) => {
    server.kill(signal);
    const overdue = setTimeout(killWithUs, STOP_LIMIT_MS);
    await ended;
    clearTimeout(overdue);
    return code;
  };
  const url = `http://127.0.0.1:${port}`;
  const isUp = async () => {
    if (code !== undefined) throw new Error(`Orthanc ended with ${code} before it was ready:\n${lastLines(log)}`);
    return (await fetch(`${url}/system`).catch(() => undefined))?.ok === true;
  };
  try {
    const deadline = Date.now() + START_LIMIT_MS;
    while (!(await isUp())) {
      if (Date.now() > deadline) throw new Error(`Orthanc was not ready in time:\n${lastLines(log)}`);
      await delay(50);
    }
  } catch (error) {
    killWithUs();
    throw error;
  }
  return {
    ...{ pid: server.pid, url, dicomWeb: `${url}/dicom-web`, listens: listeningSockets(server.pid) },
    stop: () => end('SIGTERM'),
    kill: () => end('SIGKILL'),
  };
}

function settingsOf(storage, port, plugins) {
  return {
    Name: 'interop',
    StorageDirectory: storage,
    IndexDirectory: storage,
    HttpPort: port,
    DicomServerEnabled: false,
    RemoteAccessAllowed: false,
    AuthenticationEnabled: false,
    Plugins: plugins,
    DicomWeb: { Enable: true, Root: '/dicom-web/', StudiesMetadata: 'Full', SeriesMetadata: 'Full' },
  };
}
