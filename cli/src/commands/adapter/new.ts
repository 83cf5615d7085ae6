import { join } from 'node:path';
import { Command, Option } from 'commander';
import {
  assertProjectName,
  PROJECT_LANGUAGES,
  type ProjectLanguage,
  writeAdapterProject,
} from '../../adapter-project/write-adapter-project.js';
import { printJson } from '../../output/print.js';

interface NewOptions {
  readonly language: ProjectLanguage;
  readonly dir: string;
  readonly json?: boolean;
}

const HELP = `
Writes <name>/ with a small, whole adapter on the public entries of @deephealth/sdk and @deephealth/proto: what is
yours in src/mapping/ and src/transport/, tests, and a script for the conformance suite, which it passes as it is.

Examples:
  $ deephealth adapter new my-adapter
  $ deephealth adapter new my-adapter --language js --dir adapters`;

export function createNewCommand(): Command {
  return new Command('new')
    .description('Write a project that passes the conformance profile adapter-common as it is.')
    .argument('<name>', 'name of the adapter and of its folder')
    .addOption(new Option('--language <language>', 'of the source files').choices(PROJECT_LANGUAGES).default('ts'))
    .option('--dir <folder>', 'where the folder of the project is made', '.')
    .option('--json', 'print JSON')
    .addHelpText('after', HELP)
    .action(async (name: string, { language, dir, json }: NewOptions) => {
      // Before the name becomes part of a path.
      assertProjectName(name);
      const files = await writeAdapterProject({ name, language, folder: join(dir, name) });
      const steps = nextSteps(join(dir, name));
      if (json) return printJson({ name, language, files, next: steps.map(([command]) => command) });
      process.stdout.write(`Wrote ${name}: ${files.length} files.\n\nNext:\n`);
      for (const [command, what] of steps) process.stdout.write(`${`  ${command.padEnd(28)}${what}`.trimEnd()}\n`);
      process.stdout.write('\nThen put your platform in the place of the generic one: README.md says where.\n');
    });
}

function nextSteps(folder: string): readonly (readonly [command: string, what: string])[] {
  return [
    [`cd ${folder}`, ''],
    ['npm install', 'not in a checkout of DeepHealth SDK, where all is found'],
    ['npm test', 'the adapter’s own tests'],
    ['npm run conformance', 'adapter-common, about two minutes'],
  ];
}
