// A model host that is in bad hands: it is started as every host is, and then tries what it must not be
// able to do. Prints a line for each: its name, and "done" or the error.
import { spawnSync } from 'node:child_process';
import { lookup } from 'node:dns';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { sealProcess } from '@deephealth/native';

if (process.env.DEEPHEALTH_HOST_SEAL !== undefined) sealProcess();

const { HOSTILE_PACKAGE: own, HOSTILE_OTHER: other, HOSTILE_PORT: port, HOSTILE_LIBRARY: library } = process.env;
const tell = (name, error) => process.stdout.write(`${name} ${error?.code ?? error ?? 'done'}\n`);
const attempt = (name, act) => {
  try {
    act();
    tell(name);
  } catch (error) {
    tell(name, error);
  }
};

await new Promise((resolve) => {
  const socket = connect(Number(port), '127.0.0.1');
  socket.once('connect', () => resolve(tell('connect')));
  socket.once('error', (error) => resolve(tell('connect', error)));
}).catch((error) => tell('connect', error));
await new Promise((resolve) => lookup('localhost', (error) => resolve(tell('look-up', error))));
attempt('read-own-package', () => readFileSync(join(own, 'model.json')));
attempt('read-accounts', () => readFileSync('/etc/passwd'));
attempt('read-other-package', () => readFileSync(join(other, 'model.json')));
attempt('list-store', () => readdirSync(join(other, '..')));
attempt('list-root', () => readdirSync('/'));
attempt('write-elsewhere', () => writeFileSync(join(other, '..', 'written'), 'x'));
attempt('write-own-folder', () => writeFileSync(join(process.env.TMPDIR, 'note'), 'x'));
attempt('large-file', () => {
  const megabyte = Buffer.alloc(2 ** 20);
  for (let i = 0; i < 65; i++) writeFileSync(join(process.env.TMPDIR, 'large'), megabyte, { flag: 'a' });
});
attempt('spawn', () => {
  const { error, status } = spawnSync('/bin/true');
  if (error !== undefined || status !== 0) throw error ?? new Error('ended');
});
attempt('load-library', () => {
  try {
    process.dlopen({ exports: {} }, library);
  } catch (error) {
    // It is no addon; it has run all the same.
    if (!/did not self-register/.test(error.message)) throw error;
  }
});
if (process.argv.includes('--fill')) {
  for (let i = 0; ; i++) {
    try {
      writeFileSync(join(process.env.TMPDIR, `file-${i % 4}`), Buffer.alloc(2 ** 25));
    } catch {
      // The folder is gone, and this process with it in a moment.
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
