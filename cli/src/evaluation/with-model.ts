import { existsSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { startRuntimeServer } from '@deephealth/runtime';
import { createRuntimeClient, DeepHealthError, type RuntimeClient } from '@deephealth/sdk';
import { type ServerOptions, withClient } from '../commands/connection.js';

export interface ReachedModel {
  readonly client: RuntimeClient;
  readonly name: string;
  /** Empty for the default version. */
  readonly version: string;
}

/**
 * Runs with a client of a model: `name` or `name@version` of a server, or a package folder, for which a
 * server is started on this machine and stopped again.
 */
export async function withModel<T>(
  reference: string,
  options: ServerOptions,
  run: (model: ReachedModel) => Promise<T>,
): Promise<T> {
  if (existsSync(join(reference, 'model.json'))) return withPackage(resolve(reference), run);
  const [, name, version = ''] = /^([a-z0-9_-]+)(?:@([^@/\\]+))?$/.exec(reference) ?? [];
  if (name === undefined) {
    throw new DeepHealthError(
      'DH_PACKAGE_FILE_MISSING',
      'Neither a package folder with model.json nor the name of a model, name or name@version. Check the path.',
    );
  }
  return withClient(options, (client) => run({ client, name, version }));
}

async function withPackage<T>(folder: string, run: (model: ReachedModel) => Promise<T>): Promise<T> {
  const version = basename(folder);
  const name = basename(dirname(folder));
  const server = await startRuntimeServer({
    models: [dirname(dirname(folder))],
    port: 0,
    repository: { mode: 'explicit', load: [name] },
  });
  const client = createRuntimeClient({ address: server.address });
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
    return await run({ client, name, version });
  } finally {
    client.close();
    await server.stop();
  }
}
