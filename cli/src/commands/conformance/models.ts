import {
  CDS_PLATFORM,
  EXPRESSIF_PLATFORM,
  PATHOLOGY_PLATFORM,
  writeCdsFolder,
  writeExpressifFolder,
  writeModels,
  writePathologyFolder,
} from '@deephealth/conformance';
import { Command, Option } from 'commander';

interface Options {
  readonly platform?: string;
  readonly runtimePort?: string;
  readonly platformPort?: string;
}

/** Adapters that are asked on the contract's face alone, and need to know where their runtime is. */
const ON_THE_CONTRACT: Readonly<Record<string, typeof writePathologyFolder>> = {
  [PATHOLOGY_PLATFORM]: writePathologyFolder,
  [EXPRESSIF_PLATFORM]: writeExpressifFolder,
};

export function createConformanceModels(): Command {
  const command = new Command('models').description('The small models that the suite asks a target about.');
  command
    .command('export')
    .description('Write them as packages into a folder, for a target to serve.')
    .argument('<folder>', 'is made if it is not there')
    .addOption(
      new Option('--platform <name>', 'those that an adapter for this platform serves').choices([
        CDS_PLATFORM,
        ...Object.keys(ON_THE_CONTRACT),
      ]),
    )
    .option('--runtime-port <port>', 'where the suite will play the runtime, for the settings of an adapter')
    .option('--platform-port <port>', 'where it will play the platform')
    .action((folder: string, { platform, runtimePort, platformPort }: Options) => {
      if (platform === CDS_PLATFORM) {
        const { models, settings } = writeCdsFolder(folder, {
          ...(runtimePort !== undefined && { runtime: `127.0.0.1:${runtimePort}` }),
          ...(platformPort !== undefined && { platform: `http://127.0.0.1:${platformPort}` }),
        });
        process.stdout.write(
          `${models.length} packages with bindings/cds-hooks.json, and ${settings}, which says what the adapter must be told of. Serve them, then: deephealth conformance adapter --platform ${CDS_PLATFORM} --target <host:port> --platform-url <url> --runtime-port <port> --platform-port <port>\n`,
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
      process.stdout.write(
        `${written.length} models, each as <name>/1/. Serve them, then: deephealth conformance runtime --target <host:port>\n`,
      );
    });
  return command;
}
