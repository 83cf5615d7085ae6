import { DEFAULT_MAX_MESSAGE_BYTES } from '@deephealth/sdk';
import { Option } from 'commander';
import { integerOption } from './number-option.js';

const MIB = 2 ** 20;

/**
 * `--max-message`, of every command that starts a server.
 *
 * @param of what message it is the largest one of, as words behind "largest message"
 */
export function maxMessageOption(of = ''): Option {
  const description = `largest message${of === '' ? '' : ` ${of}`} (default: ${DEFAULT_MAX_MESSAGE_BYTES / MIB})`;
  return new Option('--max-message <MiB>', description).argParser(integerOption(1, 2047));
}

/** Bytes of what {@link maxMessageOption} gave; undefined where it was not given. */
export function maxMessageBytes(maxMessageMiB: number | undefined): number | undefined {
  return maxMessageMiB === undefined ? undefined : maxMessageMiB * MIB;
}
