// node build/main.js <folder with the models> [port]
import { Runtime, serve } from './runtime.js';
import { Store } from './store.js';

const [models, port = '0'] = process.argv.slice(2);
if (models === undefined) throw new Error('usage: node build/main.js <folder with the models> [port]');
const served = await serve(new Runtime(await Store.open(models)), Number(port));
// For the program that has started it.
console.log(`DH|1|1|tcp|${served.address}`);
for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.once(signal, () => void served.drain().then(() => process.exit(0)));
}
