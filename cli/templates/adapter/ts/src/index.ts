/** Starts the adapter, says where it listens, and runs until it is told to stop. */
import { DeepHealthError, stopAtSignal } from '@deephealth/sdk';
import { startAdapter } from './adapter.js';
import { configOf } from './config.js';

try {
  const served = await startAdapter(configOf(process.argv.slice(2), process.env));
  process.stdout.write(served.handshake);
  await stopAtSignal(() => served.stop());
} catch (thrown) {
  const { code, message } = DeepHealthError.from(thrown);
  process.stderr.write(`${code}: ${message}\n`);
  process.exitCode = 1;
}
