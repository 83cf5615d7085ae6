/** Starts the adapter, says where it listens, and runs until it is told to stop. With `hash-password` it only hashes. */
import { DeepHealthError, stopAtSignal } from '@deephealth/sdk';
import { startAdapter } from './adapter.js';
import { configOf } from './config.js';
import { passwordHash } from './toolkit/accounts.js';

try {
  if (process.argv[2] === 'hash-password') {
    let password = '';
    for await (const text of process.stdin.setEncoding('utf8')) password += text;
    process.stdout.write(`${await passwordHash(password.replace(/\r?\n$/, ''))}\n`);
  } else {
    const served = await startAdapter(configOf(process.argv.slice(2)));
    process.stdout.write(served.handshake);
    await stopAtSignal(() => served.stop());
  }
} catch (thrown) {
  const { code, message } = DeepHealthError.from(thrown);
  process.stderr.write(`${code}: ${message}\n`);
  process.exitCode = 1;
}
