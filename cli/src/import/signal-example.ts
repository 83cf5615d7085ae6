import { extname } from 'node:path';
import {
  DeepHealthError,
  parseEdf,
  type RecordedChannel,
  type Recording,
  readWfdbRecord,
  type SignalDraftOptions,
} from '@deephealth/sdk';
import { exampleInvalid, readExample, readingExample } from './example-file.js';

export type SignalFiles = 'edf' | 'wfdb';

const EXTENSIONS: Readonly<Record<SignalFiles, readonly string[]>> = { edf: ['.edf', '.bdf'], wfdb: ['.hea'] };

/** What the command line says of the channels. */
export interface ChannelFlags {
  /** In the order of the tensor. Default: all of the example. */
  readonly channels?: readonly string[];
  /** "<unit>=<lowest>,<highest>" for each unit. */
  readonly validRange: readonly string[];
}

/**
 * Channels, units and rate of an example; what is plausible in each unit is told, since what a file states of
 * its range is often that of its own samples.
 *
 * @throws DH_CONFIG_INVALID naming the option that is missing or wrong
 */
export async function signalExample(
  files: SignalFiles,
  path: string,
  flags: ChannelFlags,
): Promise<SignalDraftOptions> {
  const extensions = EXTENSIONS[files];
  if (!extensions.includes(extname(path).toLowerCase())) {
    throw exampleInvalid(path, `is no ${extensions.join(' or ')} file, which --input ${files} is of`);
  }
  const [bytes] = (await readExample(path)) as [Buffer];
  const recording = await readingExample(path, (): Recording | Promise<Recording> =>
    files === 'edf' ? parseEdf(bytes) : readWfdbRecord(path, bytes.toString('utf8')),
  );
  const chosen = chosenChannels(recording, path, flags.channels);
  const rates = [...new Set(chosen.map(({ samplingRateHz }) => samplingRateHz))];
  if (rates.length !== 1) {
    throw exampleInvalid(
      path,
      `has channels of ${rates.length} rates (${rates.join(', ')} Hz), and a signal input has one. Name those of one rate with --channels`,
    );
  }
  const ranges = rangesOf(flags.validRange);
  const missing = [...new Set(chosen.map(({ unit }) => unit))].filter((unit) => !ranges.has(unit));
  if (missing.length > 0) {
    throw new DeepHealthError(
      'DH_CONFIG_INVALID',
      `--valid-range says nothing of ${missing.map((unit) => `"${unit}"`).join(', ')}, which the channels are in. Give what is plausible, for example --valid-range ${missing[0]}=-500,500: samples outside are refused.`,
    );
  }
  return {
    samplingRateHz: rates[0] as number,
    channels: chosen.map(({ name, unit }) => ({ name, unit, validRange: ranges.get(unit) as [number, number] })),
  };
}

function chosenChannels({ channels }: Recording, path: string, wanted: readonly string[] | undefined) {
  if (channels.length === 0) throw exampleInvalid(path, 'holds no signal');
  if (wanted === undefined) {
    const twice = channels.find(({ name }, i) => channels.findIndex((other) => other.name === name) < i);
    if (twice === undefined) return channels;
    throw exampleInvalid(
      path,
      `has the channel "${twice.name}" more than once. Name those of the model with --channels`,
    );
  }
  return wanted.map((name): RecordedChannel => {
    const found = channels.filter((channel) => channel.name === name);
    if (found.length === 1) return found[0] as RecordedChannel;
    const names = [...new Set(channels.map((channel) => `"${channel.name}"`))].slice(0, 64).join(', ');
    throw exampleInvalid(
      path,
      found.length === 0
        ? `has no channel "${name}", only ${names}`
        : `has the channel "${name}" more than once, so that which one is meant would be a guess`,
    );
  });
}

function rangesOf(texts: readonly string[]): Map<string, [number, number]> {
  return new Map(
    texts.map((text) => {
      const [, unit, ...limits] = /^([^=]+)=([^,]+),([^,]+)$/.exec(text) ?? [];
      const [lowest, highest] = limits.map(Number);
      if (unit !== undefined && Number.isFinite(lowest) && Number.isFinite(highest)) {
        if ((lowest as number) < (highest as number)) return [unit, [lowest as number, highest as number]];
      }
      throw new DeepHealthError(
        'DH_CONFIG_INVALID',
        `--valid-range ${JSON.stringify(text)} is no <unit>=<lowest>,<highest>, such as uV=-500,500.`,
      );
    }),
  );
}
