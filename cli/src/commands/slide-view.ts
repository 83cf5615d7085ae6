import { startSlideViewer } from '@deephealth/adapter-digital-pathology';
import { Command } from 'commander';
import { printJson } from '../output/print.js';
import { type SlideFlags, withSlide, withSlideOptions } from '../slides/slide-options.js';
import { integerOption } from './number-option.js';
import { stopOnSignal } from './stop-on-signal.js';

const HELP = `
Examples:
  $ deephealth slide view slide.svs
  $ deephealth slide view slide.svs --result result
  $ deephealth slide view slide.svs --result tissue --result tumour --port 8090

Open the address that is printed. It is a secret of this run: whoever has it sees the slide, on this machine alone.
Label and macro pictures are never shown. Ctrl-C ends it.`;

interface ViewFlags extends SlideFlags {
  readonly result: readonly string[];
  readonly host: string;
  readonly port: number;
  readonly insecureIKnow?: boolean;
}

export function createSlideView(): Command {
  return withSlideOptions(new Command('view').description('Look at a slide, and at maps over it, in a browser.'))
    .argument('<slide>', 'slide file, or folder of DICOM files')
    .option(
      '--result <folder>',
      'what "slide predict" wrote to with --out; may be given more than once',
      (folder: string, before: readonly string[]) => [...before, folder],
      [],
    )
    .option('--port <number>', 'port to listen on; 0 for a free one', integerOption(0, 65535), 0)
    .option('--host <address>', 'address to listen on', '127.0.0.1')
    .option('--insecure-i-know', 'leave loopback without TLS and authentication')
    .option('--json', 'print the address as JSON')
    .addHelpText('after', HELP)
    .action((path: string, flags: ViewFlags) => view(path, flags));
}

function view(path: string, flags: ViewFlags): Promise<void> {
  return withSlide(path, flags, async (slide) => {
    const viewer = await startSlideViewer({
      ...{ slide, results: flags.result, host: flags.host, port: flags.port },
      insecureBind: flags.insecureIKnow ?? false,
    });
    const { stopped } = stopOnSignal(() => viewer.close());
    if (flags.json) printJson({ url: viewer.url });
    else process.stdout.write(`Slide viewer: ${viewer.url}\nCtrl-C stops.\n`);
    await stopped;
  });
}
