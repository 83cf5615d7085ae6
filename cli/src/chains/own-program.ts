import { fileURLToPath } from 'node:url';

/** How this very command is started anew: the Node.js that runs it, and the file of the command. */
export function ownProgram(): string[] {
  return [process.execPath, fileURLToPath(new URL('../bin/deephealth.mjs', import.meta.url))];
}
