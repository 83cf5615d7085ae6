import { DeepHealthError } from '@deephealth/sdk';
import type { ShownAdapter } from '../console/shown-adapter.js';
import type { Surroundings } from './surroundings.js';

export const ADAPTERS = ['clinical-decision-support', 'digital-pathology', 'expressif', 'piaf'] as const;

export interface AdapterFlags {
  readonly adapter: (typeof ADAPTERS)[number];
  readonly adapterConfig?: string;
  readonly adapterPort?: number;
  /** Where neither a flag nor the configuration says one, in place of that of the adapter. */
  readonly defaultPort?: number;
  readonly adapterContractPort?: number;
}

/** An adapter that is served, whichever it is. */
export interface ServedAdapter {
  /** Where it is, for people. */
  readonly lines: readonly string[];
  /** The same for programs. */
  readonly place: Readonly<Record<string, unknown>>;
  /** What the console shows of it. */
  readonly shown?: ShownAdapter;
  stop(): Promise<void>;
}

const contractLine = (address: string) => `Contract face of the adapter on ${address} (ModelRuntime, PlatformAdapter)`;

/** Loads and serves the adapter that the flags ask for. */
export async function startAdapter(flags: AdapterFlags, around: Surroundings): Promise<ServedAdapter> {
  switch (flags.adapter) {
    case 'clinical-decision-support':
      return startCds(flags, around);
    case 'digital-pathology':
      return startPathology(flags, around);
    case 'expressif':
      return startRules(flags, around);
    case 'piaf':
      return startChains(flags, around);
  }
}

/** What the flags say goes before what the file says. */
async function configOf<T extends object>(
  { adapterConfig, adapterPort, defaultPort, adapterContractPort }: AdapterFlags,
  read: (path: string) => Promise<T>,
) {
  return {
    ...(defaultPort !== undefined && { port: defaultPort }),
    ...(adapterConfig === undefined ? {} : await read(adapterConfig)),
    ...(adapterPort !== undefined && { port: adapterPort }),
    ...(adapterContractPort !== undefined && { contractPort: adapterContractPort }),
  };
}

/** An adapter with an HTTP service, and its contract face where that is served. */
function served(
  line: string,
  place: ServedAdapter['place'],
  contractAddress: string | undefined,
  shown: ShownAdapter,
  stop: () => Promise<void>,
): ServedAdapter {
  if (contractAddress === undefined) return { lines: [line], place, shown, stop };
  return { lines: [line, contractLine(contractAddress)], place: { ...place, contractAddress }, shown, stop };
}

async function startCds(flags: AdapterFlags, around: Surroundings): Promise<ServedAdapter> {
  // Loaded only where it is asked for: FHIRPath and units of measure take a second.
  const { startClinicalDecisionSupport } = await import('./serve-clinical-decision-support.js');
  const { readAdapterConfig } = await import('./adapter-config.js');
  const { baseUrl, serviceIds, contractAddress, latestFeedback, stop } = await startClinicalDecisionSupport({
    config: await configOf(flags, readAdapterConfig),
    ...around,
  });
  return served(
    `CDS Hooks on ${baseUrl}/cds-services (${serviceIds.join(', ')})`,
    { baseUrl, services: serviceIds },
    contractAddress,
    { latestFeedback },
    stop,
  );
}

async function startPathology(flags: AdapterFlags, around: Surroundings): Promise<ServedAdapter> {
  if (flags.adapterConfig !== undefined || flags.adapterPort !== undefined) {
    throw new DeepHealthError(
      'DH_CONFIG_INVALID',
      'The digital pathology adapter has no HTTP service: --adapter-config and --adapter-port are of other adapters. Give --adapter-contract-port.',
    );
  }
  const { startDigitalPathology } = await import('./serve-digital-pathology.js');
  const { bindingIds, contractAddress, stop } = await startDigitalPathology({
    contractPort: flags.adapterContractPort ?? 0,
    ...around,
  });
  return {
    lines: [contractLine(contractAddress), `Slides for ${bindingIds.join(', ')}`],
    place: { bindings: bindingIds, contractAddress },
    stop,
  };
}

async function startRules(flags: AdapterFlags, around: Surroundings): Promise<ServedAdapter> {
  const { readRuleAdapterConfig, startExpressif } = await import('./serve-expressif.js');
  const { url, ruleBaseIds, ruleBases, contractAddress, stop } = await startExpressif({
    config: await configOf(flags, readRuleAdapterConfig),
    ...around,
  });
  return served(
    `Rule bases on ${url}/v1/rule-bases (${ruleBaseIds.join(', ')})`,
    { url, ruleBases: ruleBaseIds },
    contractAddress,
    { rules: { url, ruleBases } },
    stop,
  );
}

async function startChains(flags: AdapterFlags, around: Surroundings): Promise<ServedAdapter> {
  const { readPiafAdapterConfig, startPiaf } = await import('./serve-piaf.js');
  const { url, chainIds, contractAddress, latestRuns, hasOwnTenants, stop } = await startPiaf({
    config: await configOf(flags, readPiafAdapterConfig),
    ...around,
  });
  return served(
    `Processing chains on ${url}/ga4gh/wes/v1 (WES) and ${url}/ogc (OGC API - Processes): ${chainIds.join(', ')}`,
    { url, chains: chainIds },
    contractAddress,
    { runs: { url, latestRuns, hasOwnTenants } },
    stop,
  );
}
