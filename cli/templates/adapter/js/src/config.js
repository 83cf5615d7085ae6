import { parseArgs } from 'node:util';
import { DeepHealthError } from '@deephealth/sdk';

/**
 * From the command line, else from the environment.
 *
 * @throws DH_CONFIG_INVALID naming the setting
 */
export function configOf(args, env) {
  const { values } = parseArgs({
    args: [...args],
    options: {
      runtime: { type: 'string', default: env.DEEPHEALTH_CONFORMANCE_RUNTIME ?? '127.0.0.1:8500' },
      platform: { type: 'string', default: env.DEEPHEALTH_CONFORMANCE_PLATFORM ?? '' },
      port: { type: 'string', default: '0' },
      'contract-port': { type: 'string', default: '0' },
      deadline: { type: 'string', default: '30000' },
    },
  });
  return {
    runtime: values.runtime,
    platform: urlOf(values.platform),
    port: numberOf('port', values.port, 65_535),
    contractPort: numberOf('contract-port', values['contract-port'], 65_535),
    defaultDeadlineMs: numberOf('deadline', values.deadline, 86_400_000),
  };
}

function urlOf(text) {
  if (/^https?:/.test(text) && URL.canParse(text)) return text.replace(/\/$/, '');
  throw new DeepHealthError('DH_CONFIG_INVALID', '--platform must be an http or https URL.');
}

function numberOf(option, text, highest) {
  if (/^\d{1,9}$/.test(text) && Number(text) <= highest) return Number(text);
  throw new DeepHealthError('DH_CONFIG_INVALID', `--${option} must be a whole number from 0 to ${highest}.`);
}
