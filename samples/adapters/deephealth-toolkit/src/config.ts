import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { DeepHealthError } from '@deephealth/sdk';
import { type ToolkitConfig, toToolkitConfig } from './toolkit/toolkit-config.js';

/** All that the operator decides. */
export interface Config {
  /** "host:port" of the runtime. */
  readonly runtime: string;
  /** URL of the generic platform of the conformance suite; absent: its events are not taken. */
  readonly platform?: string;
  readonly port: number;
  readonly contractPort: number;
  /** Time for one inference, in ms. */
  readonly deadlineMs: number;
  readonly toolkit: ToolkitConfig;
}

/** From the command line. @throws DH_CONFIG_INVALID naming the setting */
export function configOf(args: readonly string[]): Config {
  const { values } = parseArgs({
    args: [...args],
    options: {
      runtime: { type: 'string', default: '127.0.0.1:8500' },
      platform: { type: 'string' },
      toolkit: { type: 'string' },
      port: { type: 'string', default: '0' },
      'contract-port': { type: 'string', default: '0' },
      deadline: { type: 'string', default: '30000' },
    },
  });
  const { platform, toolkit } = values;
  if (platform !== undefined && !/^https?:/.test(platform)) throw invalid('--platform', 'an http or https URL');
  return {
    runtime: values.runtime,
    ...(platform !== undefined && { platform: platform.replace(/\/$/, '') }),
    port: numberOf('port', values.port, 65_535),
    contractPort: numberOf('contract-port', values['contract-port'], 65_535),
    deadlineMs: numberOf('deadline', values.deadline, 86_400_000),
    toolkit: toToolkitConfig(toolkit === undefined ? {} : documentOf(toolkit)),
  };
}

function documentOf(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch (cause) {
    throw new DeepHealthError('DH_CONFIG_INVALID', 'The file of --toolkit cannot be read, or is no JSON.', { cause });
  }
}

function numberOf(option: string, text: string, highest: number): number {
  if (/^\d{1,9}$/.test(text) && Number(text) <= highest) return Number(text);
  throw invalid(`--${option}`, `a whole number from 0 to ${highest}`);
}

function invalid(setting: string, expected: string): DeepHealthError {
  return new DeepHealthError('DH_CONFIG_INVALID', `${setting} must be ${expected}.`, {
    details: { setting, expected },
  });
}
