import { spawnSync } from 'node:child_process';
import { confineLauncher } from '@deephealth/native';
import { DeepHealthError } from '@deephealth/sdk';
import type { IsolationMode, IsolationSettings } from './isolation-settings.js';

/** What holds for hosts on this machine, as it was found out by trying. */
export interface Isolation {
  readonly mode: IsolationMode;
  /** The program that confines; undefined where hosts start without. */
  readonly launcher: string | undefined;
  /** Version of Landlock, which governs files; 0 where it does not. */
  readonly landlock: number;
  /** Whether system calls are filtered: no sockets, no other programs, no other processes. */
  readonly filtersCalls: boolean;
  /** Whether a name space without a network stands in for the filter. */
  readonly hasOwnNetwork: boolean;
  readonly user?: string;
  readonly group?: string;
  /** Owner of the folders of hosts, where it is not the server's. */
  readonly owner?: { readonly uid: number; readonly gid: number };
}

const PROBE_TIMEOUT_MS = 10_000;

export const NOT_ISOLATED: Isolation = {
  mode: 'off',
  launcher: undefined,
  landlock: 0,
  filtersCalls: false,
  hasOwnNetwork: false,
};

/**
 * Finds out what this machine can do. Blocks for some milliseconds.
 *
 * Throws DH_ISOLATION_UNAVAILABLE where `required` cannot be had, or the user of hosts not be taken.
 */
export function openIsolation(settings: IsolationSettings = {}): Isolation {
  const { mode = 'best-effort', user, group } = settings;
  const wantsIdentity = user !== undefined || group !== undefined;
  if (mode === 'off' && !wantsIdentity) return NOT_ISOLATED;
  if (mode === 'off') throw unavailable('"isolation.user" and "isolation.group" need a mode other than "off".');
  const launcher = confineLauncher();
  const probed = launcher === undefined ? undefined : probe(launcher, settings);
  if (probed === undefined) {
    if (wantsIdentity) {
      throw unavailable(
        'The user or group of "isolation" is not known here, or the server has no right to take it: it must be started as root, with the native parts built.',
      );
    }
    if (mode === 'required') throw unavailable(missing(launcher));
    return { ...NOT_ISOLATED, mode, hasOwnNetwork: canUnshareNetwork() };
  }
  const { landlock, filtersCalls, uid, gid } = probed;
  if (mode === 'required' && landlock === 0) throw unavailable('The kernel has no Landlock (5.13 or later, enabled).');
  if (mode === 'required' && !filtersCalls) throw unavailable('The kernel does not filter system calls (seccomp).');
  return {
    mode,
    launcher,
    landlock,
    filtersCalls,
    hasOwnNetwork: false,
    ...(user !== undefined && { user }),
    ...(group !== undefined && { group }),
    ...(wantsIdentity && { owner: { uid, gid } }),
  };
}

/** Whether hosts are kept from all that `required` asks for. */
export function isFullyIsolated({ landlock, filtersCalls }: Isolation): boolean {
  return landlock > 0 && filtersCalls;
}

/** In one line, for people: what hosts are kept from, and what not. */
export function describeIsolation(isolation: Isolation): string {
  if (isolation.mode === 'off') return 'Model hosts are not isolated: switched off.';
  const { landlock, filtersCalls, hasOwnNetwork, launcher } = isolation;
  const kept = [
    ...(landlock > 0 ? [`files (Landlock ${landlock})`] : []),
    ...(filtersCalls ? ['network, programs and processes (seccomp)'] : hasOwnNetwork ? ['network (name space)'] : []),
  ];
  const open = [
    ...(landlock > 0 ? [] : ['files']),
    ...(filtersCalls ? [] : hasOwnNetwork ? ['programs and processes'] : ['network, programs and processes']),
  ];
  const lacking = open.length === 0 ? '' : ` Not from ${open.join(' and ')}. ${missing(launcher)}`;
  return `Model hosts are kept from ${kept.join(' and ') || 'nothing but memory beyond their limit'}.${lacking}`;
}

function missing(launcher: string | undefined): string {
  if (process.platform !== 'linux') return 'Hosts are confined on Linux only.';
  return launcher === undefined
    ? 'The launcher of hosts is not built; a C++17 compiler makes it, together with the native addon.'
    : 'This kernel does not offer it.';
}

interface Probed {
  readonly landlock: number;
  readonly filtersCalls: boolean;
  readonly uid: number;
  readonly gid: number;
}

function probe(launcher: string, { user, group }: IsolationSettings): Probed | undefined {
  const { status, stdout } = spawnSync(launcher, ['--probe'], {
    encoding: 'utf8',
    timeout: PROBE_TIMEOUT_MS,
    env: {
      ...(user !== undefined && { DEEPHEALTH_CONFINE_USER: user }),
      ...(group !== undefined && { DEEPHEALTH_CONFINE_GROUP: group }),
    },
  });
  if (status !== 0) return undefined;
  const found = new Map(stdout.split('\n').map((line) => [line.split(' ')[0], Number(line.split(' ')[1])]));
  return {
    landlock: found.get('files') ?? 0,
    filtersCalls: found.get('calls') === 1,
    uid: found.get('user') ?? 0,
    gid: found.get('group') ?? 0,
  };
}

function canUnshareNetwork(): boolean {
  if (process.platform !== 'linux') return false;
  return spawnSync('unshare', ['-rn', 'true'], { stdio: 'ignore', timeout: PROBE_TIMEOUT_MS }).status === 0;
}

function unavailable(why: string): DeepHealthError {
  return new DeepHealthError('DH_ISOLATION_UNAVAILABLE', `Model hosts cannot be isolated as configured. ${why}`, {
    details: { field: '/isolation' },
  });
}
