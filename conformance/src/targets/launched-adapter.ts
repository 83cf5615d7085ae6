import { type LaunchedTarget, launchTarget } from './launched-target.js';
import type { Sandwich } from './sandwich.js';

/** `DH-ADAPTER|<handshake version>|<URL of the platform face>|<name>|<version>`, before the contract's own line. */
const ADAPTER_LINE = /^DH-ADAPTER\|1\|(?<url>(?:https?:\/\/[^|\s]+)?)(?:\|(?<name>[^|]*)\|(?<version>[^|]*))?$/;

/** An adapter that the suite has started itself. */
export interface LaunchedAdapter extends LaunchedTarget {
  /** URL of its platform face; empty where the platform has none but the contract's. */
  readonly platformFace: string;
  readonly name: string;
  readonly version: string;
}

/**
 * Starts an adapter between a runtime and a platform: `{runtime}` and `{platform}` stand for them in the
 * command, as DEEPHEALTH_CONFORMANCE_RUNTIME and DEEPHEALTH_CONFORMANCE_PLATFORM do in its environment, and so
 * does `{settings}` for a file that tells it more, where there is one. Throws Error where it does not start, or does not say where the platform finds it.
 */
export async function launchAdapter(
  command: readonly string[],
  models: string,
  { runtime, platform }: Sandwich,
  settings?: string,
): Promise<LaunchedAdapter> {
  const filled = command.map((part) =>
    part
      .replaceAll('{runtime}', runtime.address)
      .replaceAll('{platform}', platform.url)
      .replaceAll('{settings}', settings ?? ''),
  );
  const launched = await launchTarget(filled, models, {
    environment: {
      DEEPHEALTH_CONFORMANCE_RUNTIME: runtime.address,
      DEEPHEALTH_CONFORMANCE_PLATFORM: platform.url,
      ...(settings !== undefined && { DEEPHEALTH_CONFORMANCE_SETTINGS: settings }),
    },
  });
  const said = launched.log.map((line) => ADAPTER_LINE.exec(line)?.groups).find((groups) => groups !== undefined);
  if (said === undefined || (said.url === '' && platform.url !== '')) {
    await launched.stop();
    throw new Error('it printed no line DH-ADAPTER|1|<URL of its platform face>|<name>|<version> before its handshake');
  }
  return { ...launched, platformFace: said.url ?? '', name: said.name ?? '', version: said.version ?? '' };
}
