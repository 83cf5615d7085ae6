import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { createRequire } from 'node:module';
import { delimiter, dirname, join } from 'node:path';

/** Libraries and programs that are needed to run Node and the engine: read, and mapped to run. */
const SYSTEM_LIBRARIES = ['/lib', '/lib64', '/usr/lib', '/usr/lib64', '/usr/local/lib'];

/** What libraries read of the machine: its processors and memory, its time zone, how it links. */
const SYSTEM_FACTS = [
  ...['/etc/ld.so.cache', '/etc/ld.so.conf', '/etc/localtime', '/usr/share/zoneinfo'],
  // Where Debian's Node has what others have built in.
  '/usr/share/nodejs',
  ...['/proc/cpuinfo', '/proc/meminfo', '/proc/stat', '/proc/sys/vm/overcommit_memory'],
  ...['/sys/devices/system', '/sys/fs/cgroup', '/dev/urandom', '/dev/random', '/dev/zero'],
];

/** How names of other machines are found; for hosts that dial. */
const NAME_FACTS = ['/etc/resolv.conf', '/etc/hosts', '/etc/nsswitch.conf', '/etc/host.conf', '/etc/gai.conf'];

export interface ReachablePaths {
  readonly run: readonly string[];
  readonly read: readonly string[];
}

/**
 * What a host may reach besides its package and its own folder: the programs that it is made of, and
 * facts of the machine. Never a home, a working folder, a model store or the state of the server.
 *
 * @param hostMain the script of hosts
 * @param mayDial for a host whose model another server computes
 */
export function reachablePaths(hostMain: string, mayDial: boolean): ReachablePaths {
  ownCode ??= codeFolders(hostMain);
  ownLibraries ??= mappedLibraries();
  const extra = (process.env.LD_LIBRARY_PATH ?? '').split(delimiter).filter(Boolean);
  return {
    run: [process.execPath, ...SYSTEM_LIBRARIES, ...ownLibraries, ...extra, ...ownCode],
    read: [...SYSTEM_FACTS, ...(mayDial ? NAME_FACTS : [])],
  };
}

let ownCode: readonly string[] | undefined;
let ownLibraries: readonly string[] | undefined;

/** Folders that the modules of a host come from: our packages, and what is installed beside them. */
function codeFolders(hostMain: string): readonly string[] {
  const main = realpathSync(hostMain);
  const require = createRequire(main);
  const folders = new Set<string>([packageFolder(main)]);
  for (const name of ['@deephealth/native', '@deephealth/proto', '@deephealth/sdk']) {
    try {
      folders.add(packageFolder(realpathSync(require.resolve(name))));
    } catch {
      // Bundled into the script, and not installed.
    }
  }
  for (const folder of [...folders]) {
    for (let at = folder; ; at = dirname(at)) {
      const modules = join(at, 'node_modules');
      if (existsSync(modules)) folders.add(modules);
      if (dirname(at) === at) break;
    }
  }
  return [...folders];
}

function packageFolder(file: string): string {
  for (let at = dirname(file); dirname(at) !== at; at = dirname(at)) {
    if (existsSync(join(at, 'package.json'))) return at;
  }
  return dirname(file);
}

/** Libraries of this very Node that lie elsewhere, as some systems have them; its host is the same program. */
function mappedLibraries(): readonly string[] {
  try {
    const lines = readFileSync('/proc/self/maps', 'utf8').split('\n');
    const mapped = lines.flatMap((line) => /^\S+ r-xp .*?(\/.*)$/.exec(line)?.[1] ?? []);
    return [...new Set(mapped)].filter((path) => !SYSTEM_LIBRARIES.some((folder) => path.startsWith(`${folder}/`)));
  } catch {
    return [];
  }
}
