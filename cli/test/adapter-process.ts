import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

export interface RunningAdapterProcess {
  readonly address: string;
  readonly platformFace: string;
  stop(): void;
}

/** Starts the reference adapter before there is a runtime or a platform at these ports. */
export function startAdapter(
  program: string,
  runtimePort: number,
  platformPort: number,
): Promise<RunningAdapterProcess> {
  return startProgram(program, [
    ...['--runtime', `127.0.0.1:${runtimePort}`],
    ...['--platform', `http://127.0.0.1:${platformPort}`],
  ]);
}

/** Starts an adapter that prints the handshake of one. */
export async function startProgram(program: string, args: readonly string[]): Promise<RunningAdapterProcess> {
  const child = spawn(process.execPath, [program, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  let platformFace = '';
  for await (const line of createInterface({ input: child.stdout })) {
    const [kind, , ...rest] = line.split('|');
    if (kind === 'DH-ADAPTER') platformFace = rest[0] ?? '';
    if (kind === 'DH') return { address: rest[2] ?? '', platformFace, stop: () => child.kill() };
  }
  throw new Error('the adapter ended before its handshake');
}
