import { HOST_FOLDER_BYTES } from './host-folder.js';
import type { Isolation } from './isolation.js';
import { reachablePaths } from './reachable-paths.js';

export interface HostCommandOptions {
  readonly isolation: Isolation;
  /** Script of the host, and flags of Node before it. */
  readonly main: string;
  readonly flags: readonly string[];
  /** Limit of the kernel on what the process allocates, in KiB. */
  readonly dataKiB: number;
  /** The package that the host reads; left out for none. */
  readonly package?: string | undefined;
  /** The host's own folder. */
  readonly folder: string;
  /** Port of another inference server, which the host may dial; left out for no network at all. */
  readonly dialPort?: number | undefined;
}

export interface HostCommand {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

// Channel, memory, files of the package, sockets of a remote: more is a leak.
const DESCRIPTORS = 1024;

/**
 * How a host is started, so that it is confined before it reads anything. Its arguments name no
 * package and no folder of the server: any user of the machine can list them.
 */
export function hostCommand(options: HostCommandOptions): HostCommand {
  const { isolation, main, flags } = options;
  const node = [process.execPath, ...flags, main];
  if (isolation.launcher !== undefined) {
    return {
      command: isolation.launcher,
      args: node,
      env: {
        DEEPHEALTH_CONFINE: orders(options),
        DEEPHEALTH_HOST_SEAL: isolation.mode,
        // Wherever the system has its own, Node does not start if it may not read it; a host speaks no TLS.
        OPENSSL_CONF: '/dev/null',
      },
    };
  }
  if (process.platform !== 'linux') return { command: process.execPath, args: [...flags, main], env: {} };
  const apart = isolation.hasOwnNetwork && options.dialPort === undefined ? ['unshare', '-rn'] : [];
  const limited = `ulimit -d ${options.dataKiB} 2>/dev/null; exec "$0" "$@"`;
  return { command: '/bin/sh', args: ['-c', limited, ...apart, ...node], env: {} };
}

/** For native/launcher/confine.cc. */
function orders(options: HostCommandOptions): string {
  const { isolation, dialPort } = options;
  const { run, read } = reachablePaths(options.main, dialPort !== undefined);
  const lines: (readonly [word: string, value: string | number])[] = [
    ['mode', isolation.mode],
    ['parent', process.pid],
    ['data', options.dataKiB * 1024],
    ['file', HOST_FOLDER_BYTES],
    ['descriptors', DESCRIPTORS],
    ...run.map((path) => ['run', path] as const),
    ...read.map((path) => ['read', path] as const),
    ['write', '/dev/null'],
    ...(options.package === undefined ? [] : [['package', options.package] as const]),
    ['folder', options.folder],
    ...(dialPort === undefined ? [] : [['dial', dialPort] as const]),
    ...(isolation.user === undefined ? [] : [['user', isolation.user] as const]),
    ...(isolation.group === undefined ? [] : [['group', isolation.group] as const]),
  ];
  return lines.map(([word, value]) => `${word} ${value}\n`).join('');
}
