import { constants, existsSync } from 'node:fs';
import { cp, mkdtemp, readFile, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { startRuntimeServer } from '@deephealth/runtime';
import { createRuntimeClient, DeepHealthError, type RuntimeClient } from '@deephealth/sdk';
import { MAX_MESSAGE_BYTES, type ServerOptions, withClient } from '../commands/connection.js';
import { maxMessageBytes } from '../commands/max-message-option.js';

export interface ReachedModel {
  readonly client: RuntimeClient;
  readonly name: string;
  /** Empty for the default version. */
  readonly version: string;
  /** "host:port" of the server. */
  readonly address: string;
}

/**
 * Runs with a client of a model: `name` or `name@version` of a server, or a package folder, for which a
 * server is started on this machine and stopped again.
 *
 * @throws DH_CONFIG_INVALID for a `maxMessage` of a server that is not started here
 */
export async function withModel<T>(
  reference: string,
  options: ServerOptions & { readonly maxMessage?: number },
  run: (model: ReachedModel) => Promise<T>,
): Promise<T> {
  if (existsSync(join(reference, 'model.json'))) {
    return withPackage(resolve(reference), maxMessageBytes(options.maxMessage), run);
  }
  const [, name, version = ''] = /^([a-z0-9_-]+)(?:@([^@/\\]+))?$/.exec(reference) ?? [];
  if (name === undefined) {
    throw new DeepHealthError(
      'DH_PACKAGE_FILE_MISSING',
      'Neither a package folder with model.json nor the name of a model, name or name@version. Check the path.',
    );
  }
  if (options.maxMessage !== undefined) {
    throw new DeepHealthError(
      'DH_CONFIG_INVALID',
      '--max-message is of the server that is started for a package folder. A server that runs has its own: deephealth serve --max-message.',
    );
  }
  return withClient(options, (client) => run({ client, name, version, address: options.address }));
}

async function withPackage<T>(
  path: string,
  mostBytes: number | undefined,
  run: (model: ReachedModel) => Promise<T>,
): Promise<T> {
  // Workflow engines hand over links to folders.
  const given = await realpath(path);
  const { name, version } = await namesOf(given);
  if (basename(given) === version && basename(dirname(given)) === name) {
    return withStoredPackage(given, name, version, mostBytes, run);
  }
  // They mount a folder without the ones above it, too: a store has both names in its paths.
  const store = await mkdtemp(join(tmpdir(), 'deephealth-store-'));
  try {
    const folder = join(store, name, version);
    await cp(given, folder, { recursive: true, mode: constants.COPYFILE_FICLONE });
    return await withStoredPackage(folder, name, version, mostBytes, run);
  } finally {
    await rm(store, { recursive: true, force: true });
  }
}

/** Of the manifest; a text that could be no part of a path is left to the store, which refuses it. */
async function namesOf(folder: string): Promise<{ name: string; version: string }> {
  const { name, version } = await readFile(join(folder, 'model.json'), 'utf8')
    .then((text) => JSON.parse(text) as { name?: unknown; version?: unknown })
    .catch(() => ({ name: undefined, version: undefined }));
  const isPart = (text: unknown): text is string => typeof text === 'string' && /^[A-Za-z0-9][\w.+-]*$/.test(text);
  if (isPart(name) && isPart(version)) return { name, version };
  return { name: basename(dirname(folder)), version: basename(folder) };
}

async function withStoredPackage<T>(
  folder: string,
  name: string,
  version: string,
  mostBytes: number | undefined,
  run: (model: ReachedModel) => Promise<T>,
): Promise<T> {
  const server = await startRuntimeServer({
    models: [dirname(dirname(folder))],
    port: 0,
    repository: { mode: 'explicit', load: [name] },
    ...(mostBytes !== undefined && { maxMessageBytes: mostBytes }),
  });
  const client = createRuntimeClient({ address: server.address, maxMessageBytes: MAX_MESSAGE_BYTES });
  try {
    await server.verified;
    const model = server.store.versions(name).find((each) => each.version === version);
    if (model?.state !== 'READY') {
      throw (
        model?.reason ??
        new DeepHealthError(
          'DH_MODEL_NOT_READY',
          `The package ${name}/${version} could not be loaded. See: deephealth validate`,
        )
      );
    }
    return await run({ client, name, version, address: server.address });
  } finally {
    client.close();
    await server.stop();
  }
}
