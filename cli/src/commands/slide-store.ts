import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type StoredInstance, storeInstances } from '@deephealth/adapter-digital-pathology';
import { DeepHealthError } from '@deephealth/sdk';
import { Command } from 'commander';
import { EXIT } from '../exit-codes.js';
import { formatTable, printJson } from '../output/print.js';
import { withProgress } from '../output/progress.js';
import { DICOMWEB_TOKEN, dicomWebToken } from '../slides/slide-options.js';
import { abortOnSignal } from './stop-on-signal.js';

const HELP = `
Sends the DICOM objects of a result to the archive of the slide (STOW-RS); they lie in the slide's own study.
Sending them twice does no harm: they are the same instances. A bearer token is read from ${DICOMWEB_TOKEN}.
Exit code 1 if the server did not take one of them.

Example:
  $ deephealth slide store result --dicomweb https://pacs.example/dicom-web`;

export function createSlideStoreCommand(setExitCode: (code: number) => void): Command {
  return new Command('store')
    .description('Send the DICOM results of a slide to a DICOMweb server.')
    .argument('<folder>', 'folder that deephealth slide predict wrote')
    .requiredOption('--dicomweb <url>', 'root of the DICOMweb service')
    .option('--json', 'as JSON')
    .addHelpText('after', HELP)
    .action(async (folder: string, flags: { readonly dicomweb: string; readonly json?: boolean }) => {
      const files = await dicomFiles(folder);
      const stored = await withProgress(`sending ${files.length} objects`, flags.json ?? false, () =>
        abortOnSignal((signal) => storeInstances(files, { baseUrl: flags.dicomweb, ...dicomWebToken(), signal })),
      );
      if (stored.some(({ status }) => status === 'failed')) setExitCode(EXIT.refused);
      if (flags.json) return printJson(stored);
      process.stdout.write(`${formatTable(['FILE', 'RESULT', ''], stored.map(rowOf))}\n`);
    });
}

async function dicomFiles(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch((cause) => {
    throw new DeepHealthError('DH_REQUEST_MALFORMED', 'The folder of the results cannot be read.', { cause });
  });
  const files = names.filter((name) => name.endsWith('.dcm')).sort();
  if (files.length > 0) return files.map((name) => join(folder, name));
  throw new DeepHealthError(
    'DH_REQUEST_MALFORMED',
    'The folder holds no DICOM results. They are written of slides in DICOM alone, with --formats seg,ann,sr or by default.',
  );
}

function rowOf({ file, status, meaning = '' }: StoredInstance): string[] {
  return [file, status === 'failed' ? 'FAILED' : 'stored', meaning];
}
