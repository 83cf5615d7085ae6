import { existsSync } from 'node:fs';
import type { RuntimeServer } from '@deephealth/runtime';
import { DeepHealthError } from '@deephealth/sdk';
import { BINDING_FILES } from './binding-files.js';
import { packageFolders } from './package-folders.js';
import { type AdapterName, type AdapterSelection, asksForAll, namedAdapters, planAdapters } from './plan-adapters.js';
import { type ServedAdapter, startAdapter } from './start-adapter.js';
import type { Surroundings } from './surroundings.js';

export interface NamedAdapter extends ServedAdapter {
  readonly name: AdapterName;
}

/**
 * Serves the adapters that the flags ask for, one after the other. If one cannot be served, those before it and the
 * runtime are stopped again, and its error is thrown.
 *
 * @throws InvalidArgumentError for flags that contradict each other
 */
export async function startAdapters(
  selection: AdapterSelection,
  server: RuntimeServer,
  around: Omit<Surroundings, 'runtime' | 'runtimeToken' | 'security'>,
): Promise<readonly NamedAdapter[]> {
  const started: NamedAdapter[] = [];
  try {
    for (const flags of planAdapters(await adaptersOf(selection, around.models), selection)) {
      const { address: runtime, token: runtimeToken } = await server.connectAs(`adapter:${flags.adapter}`);
      const connection = { runtime, ...(runtimeToken !== undefined && { runtimeToken }), security: server.security };
      started.push({ name: flags.adapter, ...(await startAdapter(flags, { ...around, ...connection })) });
    }
    return started;
  } catch (error) {
    await stopAdapters(started);
    await server.stop();
    throw error;
  }
}

/** All of them at the same time; each lets what is under way end. */
export async function stopAdapters(adapters: readonly ServedAdapter[]): Promise<void> {
  await Promise.all(adapters.map((one) => one.stop()));
}

/** With `all`, those that a package has a binding for. Throws DH_CONFIG_INVALID where there is none. */
async function adaptersOf(selection: AdapterSelection, models: readonly string[]): Promise<AdapterName[]> {
  const names = namedAdapters(selection);
  if (!asksForAll(selection)) return names;
  const bound: AdapterName[] = [];
  for (const name of names) if (await hasBinding(name, models)) bound.push(name);
  if (bound.length > 0) return bound;
  throw new DeepHealthError(
    'DH_CONFIG_INVALID',
    `No package of the model stores has a binding to a platform (${Object.values(BINDING_FILES).join(', ')}), so there is nothing for an adapter to serve.`,
  );
}

async function hasBinding(name: AdapterName, models: readonly string[]): Promise<boolean> {
  const folders = await packageFolders(models.filter(existsSync), BINDING_FILES[name]).catch(() => []);
  return folders.length > 0;
}
