// Loaded into a server by `--fault leak`, to prove that the soak sees one: memory and files that nobody lets go of.
import { openSync } from 'node:fs';

const kept = [];
setInterval(() => {
  kept.push(Buffer.alloc(1024 * 1024, 1));
  kept.push(openSync('/dev/null'));
}, 100).unref();
