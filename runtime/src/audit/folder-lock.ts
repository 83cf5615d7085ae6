import { createHash, randomBytes } from 'node:crypto';
import { type FileHandle, open, readdir, realpath, rm } from 'node:fs/promises';
import { connect, createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { DeepHealthError } from '@deephealth/sdk';

const NAME = /^lock-[0-9a-f]{8}\.sock$/;
// Of a socket's address, in bytes; systems allow 103 to 107.
const LONGEST_ADDRESS = 100;

export interface FolderLock {
  release(): Promise<void>;
}

/**
 * Makes this process the only one that writes to the folder. The lock is a socket that this process listens on, so
 * that it ends with the process however that ends, and holds across containers that share the folder of one machine.
 *
 * Whoever wants the lock listens on a socket of its own first, and only then looks for others: of two at the same
 * time at least one finds the other, and gives up. At worst both do.
 *
 * @param locked the error where another process has it; default DH_AUDIT_LOCKED
 * @throws that
 */
export async function lockFolder(folder: string, locked = auditLocked): Promise<FolderLock> {
  if (process.platform === 'win32') return lockByPipe(folder, locked);
  const name = `lock-${randomBytes(4).toString('hex')}.sock`;
  const reached = await reachable(folder);
  const own = await listen(reached.address(name)).catch(async (cause) => {
    await reached.close();
    throw cause;
  });
  const release = async () => {
    await new Promise((resolve) => own.close(resolve));
    await rm(join(folder, name), { force: true });
    await reached.close();
  };
  for (const other of await readdir(folder)) {
    if (!NAME.test(other) || other === name) continue;
    if (await isAlive(reached.address(other))) {
      await release();
      throw locked();
    }
    await rm(join(folder, other), { force: true });
  }
  return { release };
}

/** Addresses of sockets in a folder whose own path may be too long for one. */
async function reachable(folder: string): Promise<{ address(name: string): string; close(): Promise<void> }> {
  const isShort = Buffer.byteLength(join(folder, 'lock-00000000.sock')) <= LONGEST_ADDRESS;
  if (isShort || process.platform !== 'linux') {
    return { address: (name) => join(folder, name), close: async () => undefined };
  }
  const handle: FileHandle = await open(folder, 'r');
  return { address: (name) => `/proc/self/fd/${handle.fd}/${name}`, close: () => handle.close() };
}

function listen(address: string): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => socket.destroy());
    server.once('error', reject);
    server.listen(address, () => resolve(server.unref()));
  });
}

function isAlive(address: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(address);
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', ({ code }: NodeJS.ErrnoException) => {
      // Full of others that ask is alive, too.
      resolve(code !== 'ECONNREFUSED' && code !== 'ENOENT');
    });
  });
}

async function lockByPipe(folder: string, locked: () => DeepHealthError): Promise<FolderLock> {
  const id = createHash('sha256')
    .update(await realpath(folder))
    .digest('hex')
    .slice(0, 32);
  const server = await listen(`\\\\.\\pipe\\deephealth-audit-${id}`).catch(() => {
    throw locked();
  });
  return { release: () => new Promise((resolve) => server.close(() => resolve())) };
}

function auditLocked(): DeepHealthError {
  return new DeepHealthError(
    'DH_AUDIT_LOCKED',
    'Another process writes to this audit folder. Give each server a state folder of its own, or stop the other one.',
    { details: { field: '/stateFolder' } },
  );
}
