import { existsSync } from 'node:fs';
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
  return withClient(options, (client) => run({ client, name, version }));
}

async function withPackage<T>(
  folder: string,
  mostBytes: number | undefined,
  run: (model: ReachedModel) => Promise<T>,
): Promise<T> {
  const version = basename(folder);
  const name = basename(dirname(folder));
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
    return await run({ client, name, version });
  } finally {
    client.close();
    await server.stop();
  }
}
