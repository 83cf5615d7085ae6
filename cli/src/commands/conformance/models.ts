import {
  CDS_PLATFORM,
  EXPRESSIF_PLATFORM,
  PATHOLOGY_PLATFORM,
  PIAF_PLATFORM,
  writeCdsFolder,
  writeChainFolder,
  writeExpressifFolder,
  writeModels,
  writePathologyFolder,
} from '@deephealth/conformance';
import { Command, Option } from 'commander';
import { signedStore, WrongUsage } from './target-options.js';

interface Options {
  readonly platform?: string;
  readonly runtimePort?: string;
  readonly platformPort?: string;
  readonly signKey?: string;
}

/** Adapters that are asked on the contract's face alone, and need to know where their runtime is. */
const ON_THE_CONTRACT: Readonly<Record<string, typeof writePathologyFolder>> = {
  [PATHOLOGY_PLATFORM]: writePathologyFolder,
  [EXPRESSIF_PLATFORM]: writeExpressifFolder,
};

/** Adapters that have a face towards their platform, with the files that bind packages to them. */
const OF_PLATFORMS = {
  [CDS_PLATFORM]: { write: writeCdsFolder, binding: 'bindings/cds-hooks.json' },
  [PIAF_PLATFORM]: { write: writeChainFolder, binding: 'bindings/processing-chain.json' },
} as const;

export function createConformanceModels(): Command {
  const command = new Command('models').description('The small models that the suite asks a target about.');
  command
    .command('export')
    .description('Write them as packages into a folder, for a target to serve.')
    .argument('<folder>', 'is made if it is not there')
    .addOption(
      new Option('--platform <name>', 'those that an adapter for this platform serves').choices([
        CDS_PLATFORM,
        PIAF_PLATFORM,
        ...Object.keys(ON_THE_CONTRACT),
      ]),
    )
    .option('--runtime-port <port>', 'where the suite will play the runtime, for the settings of an adapter')
    .option('--platform-port <port>', 'where it will play the platform')
    .option('--sign-key <file>', 'sign them, for a target that serves signed ones only: private Ed25519 key (PEM)')
    .action((folder: string, { platform, runtimePort, platformPort, signKey }: Options, self: Command) => {
      if (platform !== undefined && signKey !== undefined) {
        self.error('error: --sign-key is for the models of a runtime, and not for those of --platform.');
      }
      const ofPlatform = OF_PLATFORMS[platform as keyof typeof OF_PLATFORMS];
      if (ofPlatform !== undefined) {
        const { models, settings } = ofPlatform.write(folder, {
          ...(runtimePort !== undefined && { runtime: `127.0.0.1:${runtimePort}` }),
          ...(platformPort !== undefined && { platform: `http://127.0.0.1:${platformPort}` }),
        });
        process.stdout.write(
          `${models.length} packages with ${ofPlatform.binding}, and ${settings}, which says what the adapter must be told of. Serve them, then: deephealth conformance adapter --platform ${platform} --target <host:port> --platform-url <url> --runtime-port <port> --platform-port <port>\n`,
        );
        return;
      }
      const write = platform === undefined ? undefined : ON_THE_CONTRACT[platform];
      if (write !== undefined) {
        const { models, settings } = write(folder, {
          ...(runtimePort !== undefined && { runtime: `127.0.0.1:${runtimePort}` }),
        });
        process.stdout.write(
          `${models.length} packages with bindings/${platform}.json, and ${settings}, which says what the adapter must be told of. Serve them, then: deephealth conformance adapter --platform ${platform} --target <host:port> --runtime-port <port>\n`,
        );
        return;
      }
      const written = writeModels(folder);
      try {
        signedStore(folder, signKey);
      } catch (wrong) {
        if (!(wrong instanceof WrongUsage)) throw wrong;
        self.error(`error: ${wrong.message}`);
      }
      process.stdout.write(
        `${written.length} models, each as <name>/1/. Serve them, then: deephealth conformance runtime --target <host:port>\n`,
      );
    });
  return command;
}
