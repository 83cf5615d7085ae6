// Where a process listens, by the socket tables of Linux: programs do not always do what their settings say.
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

const LISTENING = '0A';

/** Addresses such as "127.0.0.1:8042", of TCP; of version 6 as 32 hexadecimal digits. */
export function listeningSockets(pid) {
  const inodes = new Set(
    readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
      try {
        return /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${fd}`))?.[1] ?? [];
      } catch {
        // Closed while it was being read.
        return [];
      }
    }),
  );
  return ['tcp', 'tcp6'].flatMap((table) =>
    readFileSync(`/proc/${pid}/net/${table}`, 'utf8')
      .trim()
      .split('\n')
      .slice(1)
      .map((line) => line.trim().split(/\s+/))
      .filter(([, , , state, , , , , , inode]) => state === LISTENING && inodes.has(inode))
      .map(([, local]) => toText(local)),
  );
}

/** The kernel writes an address as numbers of 32 bits in the byte order of the machine: little-endian here. */
function toText(local) {
  const [address, port] = local.split(':');
  const shown = address.length === 8 ? [...Buffer.from(address, 'hex')].reverse().join('.') : address;
  return `${shown}:${Number.parseInt(port, 16)}`;
}
