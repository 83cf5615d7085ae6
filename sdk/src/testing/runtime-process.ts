import { type ChildProcess, spawn } from 'node:child_process';

export interface RuntimeProcess {
  /** "host:port". */
  readonly address: string;
  /** Stops it from running without ending it, and lets it go on. */
  pause(): void;
  resume(): void;
  stop(): Promise<void>;
}

/**
 * A real runtime with the packages of a store, all verified: a process of its own, for tests of what may not import
 * it.
 *
 * @param command path of the `deephealth` command's program
 */
export async function startRuntimeProcess(command: string, store: string, port = 0): Promise<RuntimeProcess> {
  const args = ['serve', '--models', store, '--port', String(port), '--http-port', 'off', '--handshake'];
  const child = spawn(process.execPath, [command, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  const address = await handshakeOf(child);
  const ended = new Promise((resolve) => child.once('close', resolve));
  return {
    address,
    pause: () => child.kill('SIGSTOP'),
    resume: () => child.kill('SIGCONT'),
    async stop() {
      child.kill('SIGCONT');
      child.kill('SIGTERM');
      await ended;
    },
  };
}

function handshakeOf(child: ChildProcess): Promise<string> {
  let printed = '';
  return new Promise((resolve, reject) => {
    const look = (text: Buffer) => {
      printed += String(text);
      const address = /^DH\|1\|1\|tcp\|(.+)$/m.exec(printed)?.[1];
      if (address !== undefined) resolve(address);
    };
    child.stdout?.on('data', look);
    child.stderr?.on('data', look);
    child.once('close', () => reject(new Error(`the runtime ended before its handshake: ${printed}`)));
  });
}
