import { startSlideViewer } from '@deephealth/adapter-digital-pathology';
import { Command } from 'commander';
import { printJson } from '../output/print.js';
import { type SlideFlags, withSlide, withSlideOptions } from '../slides/slide-options.js';
import { viewerSecurity } from '../slides/viewer-security.js';
import { integerOption } from './number-option.js';
import { stopOnSignal } from './stop-on-signal.js';

const HELP = `
Examples:
  $ deephealth slide view slide.svs
  $ deephealth slide view slide.svs --result result
  $ deephealth slide view slide.svs --result tissue --result tumour --port 8090
  $ deephealth slide view slide.svs --host slides.example --config deephealth.config.json

Open the address that is printed. It is a secret of this run: whoever has it sees the slide, on this machine alone.
The viewer leaves loopback only with TLS and access control: those of a server's configuration, where people are known
by their client certificates, or --tls-certificate, --tls-key and --access. Whoever looks needs the permission predict.
Label and macro pictures are never shown. Ctrl-C ends it.`;

interface ViewFlags extends SlideFlags {
  readonly result: readonly string[];
  readonly host: string;
  readonly port: number;
  readonly insecureIKnow?: boolean;
  readonly config?: string;
  readonly tlsCertificate?: string;
  readonly tlsKey?: string;
  readonly access?: string;
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
    .option('--config <file>', 'use "tls" and "access" of this configuration of a server')
    .option('--tls-certificate <file>', 'speak TLS with this certificate (PEM)')
    .option('--tls-key <file>', 'and its key (PEM)')
    .option('--access <file>', 'let in only callers whose key is in this file, as deephealth access key writes it')
    .option('--insecure-i-know', 'leave loopback without TLS and authentication')
    .option('--json', 'print the address as JSON')
    .addHelpText('after', HELP)
    .action((path: string, flags: ViewFlags, command: Command) => {
      if ((flags.tlsCertificate === undefined) !== (flags.tlsKey === undefined)) {
        command.error('error: --tls-certificate and --tls-key go together.');
      }
      if (flags.config !== undefined && (flags.tlsCertificate ?? flags.access) !== undefined) {
        command.error('error: --config goes without --tls-certificate, --tls-key and --access: it has both.');
      }
      return view(path, flags);
    });
}

async function view(path: string, flags: ViewFlags): Promise<void> {
  const { security, close } = await viewerSecurity(flags);
  try {
    await withSlide(path, flags, async (slide) => {
      const viewer = await startSlideViewer({
        ...{ slide, results: flags.result, host: flags.host, port: flags.port },
        ...{ ...security, insecureBind: flags.insecureIKnow ?? false },
      });
      const { stopped } = stopOnSignal(() => viewer.close());
      if (flags.json) printJson({ url: viewer.url });
      else process.stdout.write(`Slide viewer: ${viewer.url}\nCtrl-C stops.\n`);
      await stopped;
    });
  } finally {
    await close();
  }
}
