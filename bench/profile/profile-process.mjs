import { setTimeout as delay } from 'node:timers/promises';

const INTERVAL_US = 500;
// Where Node opens its inspector on SIGUSR1; it is the default and cannot be chosen from outside.
const INSPECTOR = 'http://127.0.0.1:9229/json';
const OPEN_LIMIT_MS = 5_000;

/**
 * A CPU profile of another Node process of this machine, which need not know of it. Opens the
 * process's inspector on loopback; it stays open until the process ends.
 */
export async function profileProcess(pid, seconds) {
  process.kill(pid, 'SIGUSR1');
  const socket = new WebSocket(await inspectorOf());
  await new Promise((resolve, reject) => {
    socket.onopen = resolve;
    socket.onerror = () => reject(new Error('the inspector of the process refused the connection'));
  });
  const pending = new Map();
  socket.onmessage = ({ data }) => {
    const { id, result } = JSON.parse(data);
    pending.get(id)?.(result);
  };
  const post = (method, params = {}) =>
    new Promise((resolve) => {
      const id = pending.size + 1;
      pending.set(id, resolve);
      socket.send(JSON.stringify({ id, method, params }));
    });
  await post('Profiler.enable');
  await post('Profiler.setSamplingInterval', { interval: INTERVAL_US });
  await post('Profiler.start');
  await delay(seconds * 1000);
  const { profile } = await post('Profiler.stop');
  socket.close();
  return profile;
}

async function inspectorOf() {
  const limit = Date.now() + OPEN_LIMIT_MS;
  for (;;) {
    try {
      const [target] = await (await fetch(INSPECTOR)).json();
      return target.webSocketDebuggerUrl;
    } catch (cause) {
      if (Date.now() > limit) throw new Error('the process opened no inspector', { cause });
      await delay(50);
    }
  }
}
