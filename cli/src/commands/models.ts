import { DeepHealthError } from '@deephealth/sdk';
import { Command } from 'commander';
import { formatTable, printJson, shortDigest } from '../output/print.js';
import { type ServerOptions, withClient, withServerOptions } from './connection.js';
import { suspensionLine } from './model/suspension-line.js';

export function createModelsCommand(): Command {
  return withServerOptions(
    new Command('models').description('List the models of a server: state, version, digest, and why one was refused.'),
  )
    .argument('[name]', 'only this model')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  $ deephealth models\n  $ deephealth models heart-disease-risk --json')
    .action(async (name: string | undefined, options: ServerOptions & { json?: boolean }) => {
      const models = await withClient(options, (client) => client.listModels(name));
      if (name !== undefined && models.length === 0) {
        throw new DeepHealthError(
          'DH_MODEL_NOT_FOUND',
          'The server has no model of this name. See: deephealth models',
          {
            details: { model: name },
          },
        );
      }
      if (options.json) return printJson({ models });
      if (models.length === 0) {
        process.stdout.write('The server has no models. Put packages into its model store.\n');
        return;
      }
      const rows = models.map((m) => [
        m.name,
        m.version,
        m.state.replace('MODEL_STATE_', ''),
        m.isDefault ? 'yes' : '',
        shortDigest(m.packageSha256),
        m.title,
      ]);
      process.stdout.write(`${formatTable(['MODEL', 'VERSION', 'STATE', 'DEFAULT', 'PACKAGE', 'TITLE'], rows)}\n`);
      for (const m of models) {
        if (m.suspension) process.stdout.write(`\n${suspensionLine(m.name, m.version, m.suspension)}\n`);
        else if (m.stateReason)
          process.stdout.write(`\n${m.name} ${m.version}: DH_${m.stateReason.reason}\n  ${m.stateReason.message}\n`);
      }
    });
}
