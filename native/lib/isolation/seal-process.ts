import { loadAddon } from '../load-addon.js';

interface IsolationAddon {
  sealProcess(): boolean;
}

/**
 * From now on no thread of this process can become another program, and no process of the same user
 * can look into it. Cannot be undone. False where the addon or the system does not know how.
 */
export function sealProcess(): boolean {
  return loadAddon<IsolationAddon>()?.sealProcess() ?? false;
}
