import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DEFAULT_STATE_FOLDER } from '@deephealth/runtime';
import { DeepHealthError } from '@deephealth/sdk';
import { Command } from 'commander';
import { printJson } from '../output/print.js';
import { ttmipFolder } from '../ttmip/note-stage.js';
import { readTimelines } from '../ttmip/read-timelines.js';
import { renderTimelinePage } from '../ttmip/timeline-page.js';
import { stageTable, timelineTable } from '../ttmip/timeline-text.js';

const HELP = `
Commands record their stages by themselves, in ttmip/ of the state folder: init and add begin a timeline,
validate, conformance adapter --for, serve and predict go on with it. DEEPHEALTH_TTMIP=off turns that off, any other
value is the folder. What is counted, and what the figure does not say: docs/ttmip.md.

Examples:
  $ deephealth ttmip
  $ deephealth ttmip heart-disease-risk --json
  $ deephealth ttmip --out ttmip.html`;

export function createTtmipCommand(): Command {
  return new Command('ttmip')
    .description('Time to model in production: the way of each model to each platform, machine time and human steps.')
    .argument('[name]', 'only this model, with every stage')
    .option('--folder <folder>', `where timelines are kept (default: ${join(DEFAULT_STATE_FOLDER, 'ttmip')})`)
    .option('--out <file.html>', 'also write one self-contained page with the timelines')
    .option('--json', 'print JSON')
    .addHelpText('after', HELP)
    .action(async (name: string | undefined, options: { folder?: string; out?: string; json?: boolean }) => {
      const folder = options.folder ?? ttmipFolder() ?? join(DEFAULT_STATE_FOLDER, 'ttmip');
      const all = await readTimelines(folder);
      const timelines = name === undefined ? all : all.filter((one) => one.name === name);
      if (name !== undefined && timelines.length === 0) {
        throw new DeepHealthError(
          'DH_MODEL_NOT_FOUND',
          'Nothing is recorded of a model of this name. See: deephealth ttmip',
          {
            details: { model: name },
          },
        );
      }
      if (options.out !== undefined) await writeFile(options.out, renderTimelinePage(timelines));
      if (options.json) return printJson({ timelines });
      if (timelines.length === 0) {
        process.stdout.write(
          'Nothing is recorded yet. Begin with: deephealth init, or deephealth validate --write-sums\n',
        );
        return;
      }
      process.stdout.write(`${timelineTable(timelines)}\n`);
      if (name === undefined) return;
      for (const one of timelines) process.stdout.write(`\n${one.name} ${one.version}\n\n${stageTable(one)}\n`);
    });
}
