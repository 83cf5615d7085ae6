import { OIP_MODELS, writeModels } from '@deephealth/conformance';
import { Command } from 'commander';

export function createConformanceModels(): Command {
  const command = new Command('models').description('The small models that the suite asks a target about.');
  command
    .command('export')
    .description('Write them as packages into a folder, for a target to serve.')
    .argument('<folder>', 'is made if it is not there')
    .action((folder: string) => {
      const written = writeModels(folder, OIP_MODELS);
      process.stdout.write(
        `${written.length} models, each as <name>/1/. Serve them, then: deephealth conformance runtime --target <host:port>\n`,
      );
    });
  return command;
}
