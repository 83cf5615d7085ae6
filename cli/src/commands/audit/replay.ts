import { readFile } from 'node:fs/promises';
import {
  findRecord,
  loadServerConfig,
  type ReplayRequest,
  type ReplayResult,
  replayRecord,
  startRuntimeServer,
} from '@deephealth/runtime';
import { createRuntimeClient, DEFAULT_MAX_TENSOR_ELEMENTS, DeepHealthError, readInputFile } from '@deephealth/sdk';
import { Command } from 'commander';
import { EXIT } from '../../exit-codes.js';
import { printJson, shortDigest } from '../../output/print.js';
import { withProgress } from '../../output/progress.js';
import { MAX_MESSAGE_BYTES } from '../connection.js';
import { integerOption, numberOption } from '../number-option.js';
import { auditFolder, type FolderOption, withFolderOptions } from './audit-folder.js';

interface ReplayFlags extends FolderOption {
  readonly models?: string[];
  readonly input?: string[];
  readonly request?: string;
  readonly frame?: number;
  readonly from?: number;
  readonly length?: number;
  readonly json?: boolean;
}

export function createAuditReplay(setExitCode: (code: number) => void): Command {
  return withFolderOptions(
    new Command('replay').description('Run a recorded inference again, and compare the digests of input and output.'),
  )
    .argument('<number>', 'number of the record', integerOption(1, Number.MAX_SAFE_INTEGER))
    .option(
      '--models <folder...>',
      'model stores; one must hold the recorded version (default: those of the configuration)',
    )
    .option('--input <file...>', 'what was sent, as for `deephealth predict`')
    .option('--request <file>', 'the JSON body of a request of the Open Inference Protocol')
    .option('--frame <number>', 'frame of an image that was sent', integerOption(0, 0xffff_ffff))
    .option('--from <seconds>', 'where the sent part of a recording began', numberOption(0, 1e9))
    .option('--length <seconds>', 'how long it was', numberOption(1e-6, 1e9))
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      '\nThe record holds no input: bring it. The version is loaded and verified on this machine; nothing is sent to a server,\n' +
        'and nothing is recorded.\n' +
        '\nExit codes: 0 the same output bit for bit, 1 another one, or another package or input.\n' +
        '\nExamples:\n  $ deephealth audit replay 1042 --models samples/models --input patient.json\n' +
        '  $ deephealth audit replay 1043 --models samples/models --request infer.json --json',
    )
    .action(async (seq: number, flags: ReplayFlags, command: Command) => {
      if ((flags.input === undefined) === (flags.request === undefined)) {
        command.error('error: pass what was sent: either --input <file...> or --request <file>.');
      }
      const { record } = await findRecord(await auditFolder(flags), seq);
      const { models, ...settings } = await storesOf(flags, command);
      if (record.kind !== 'inference' || record.model === undefined || record.version === undefined) {
        throw new DeepHealthError('DH_AUDIT_REPLAY_IMPOSSIBLE', `Record ${seq} is no inference but "${record.kind}".`);
      }
      const { model: name, version } = record;
      const result = await withProgress('replaying', flags.json ?? false, async () => {
        const server = await startRuntimeServer({
          ...settings,
          models,
          port: 0,
          repository: { mode: 'explicit', load: [] },
        });
        try {
          await server.verified;
          const model = await server.store.load(name, version);
          const request = await requestOf(flags, server.address, name, version);
          return await replayRecord({ model, record, request, maxTensorElements: DEFAULT_MAX_TENSOR_ELEMENTS });
        } finally {
          await server.stop();
        }
      });
      setExitCode(result.verdict === 'reproduced' ? EXIT.ok : EXIT.refused);
      if (flags.json) return printJson({ record: seq, model: name, version, ...result });
      process.stdout.write(describe(seq, `${name} ${version}`, result));
    });
}

async function storesOf({ models, config }: ReplayFlags, command: Command) {
  const file = config === undefined ? undefined : await loadServerConfig(config);
  const stores = models ?? file?.models;
  if (stores === undefined) return command.error('error: no model store is named. Pass --models <folder...>.');
  return { models: stores, ...(file?.remotes && { remotes: file.remotes }) };
}

async function requestOf(flags: ReplayFlags, address: string, name: string, version: string): Promise<ReplayRequest> {
  if (flags.request !== undefined) {
    const inferBody = await readFile(flags.request).catch((cause) => {
      throw new DeepHealthError('DH_REQUEST_MALFORMED', 'The request file cannot be read. Check the path.', { cause });
    });
    return { inferBody };
  }
  const client = createRuntimeClient({ address, maxMessageBytes: MAX_MESSAGE_BYTES });
  try {
    const model = await client.getModel(name, version);
    const { frame, from, length } = flags;
    const chosen = {
      ...(frame !== undefined && { frame }),
      ...(from !== undefined && { fromS: from }),
      ...(length !== undefined && { lengthS: length }),
    };
    const inputs = await Promise.all((flags.input ?? []).map((file) => readInputFile(file, model, chosen)));
    return { inputs: inputs.flat() };
  } finally {
    client.close();
  }
}

function describe(seq: number, model: string, { verdict, expected, found, changes }: ReplayResult): string {
  const lines: string[] = [];
  if (verdict === 'other-package') {
    lines.push(
      `NOT RUN: ${model} is another package than the recorded one.`,
      `package recorded ${expected.package}`,
      `package here     ${found.package}`,
    );
  } else if (verdict === 'other-input') {
    lines.push(
      'NOT RUN: this is not the input of the record.',
      `input recorded ${expected.input}`,
      `input given    ${found.input}`,
    );
  } else if (verdict === 'reproduced') {
    lines.push(
      `REPRODUCED: ${model}, package ${shortDigest(expected.package)}, gives for this input the output ${expected.output}, as record ${seq} says.`,
    );
  } else {
    lines.push(
      `DIFFERS: package and input are those of record ${seq}, the output is not.`,
      `output recorded ${expected.output}`,
      `output here     ${found.output}`,
    );
  }
  for (const change of changes) lines.push(`Since then ${change}.`);
  return `${lines.join('\n')}\n`;
}
