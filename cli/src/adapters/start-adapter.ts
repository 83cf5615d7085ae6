import type { Log } from '@deephealth/runtime';
import { DeepHealthError } from '@deephealth/sdk';

export const ADAPTERS = ['clinical-decision-support', 'digital-pathology', 'expressif'] as const;

export interface AdapterFlags {
  readonly adapter: (typeof ADAPTERS)[number];
  readonly adapterConfig?: string;
  readonly adapterPort?: number;
  readonly adapterContractPort?: number;
}

/** An adapter that is served, whichever it is. */
export interface ServedAdapter {
  /** Where it is, for people. */
  readonly lines: readonly string[];
  /** The same for programs. */
  readonly place: Readonly<Record<string, unknown>>;
  stop(): Promise<void>;
}

interface Surroundings {
  /** "host:port" of the runtime. */
  readonly runtime: string;
  /** Model stores. */
  readonly models: readonly string[];
  readonly insecureBind: boolean;
  readonly log: Log;
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
  }
}

async function startCds(flags: AdapterFlags, around: Surroundings): Promise<ServedAdapter> {
  // Loaded only where it is asked for: FHIRPath and units of measure take a second.
  const { startClinicalDecisionSupport } = await import('./serve-clinical-decision-support.js');
  const { readAdapterConfig } = await import('./adapter-config.js');
  const file = flags.adapterConfig === undefined ? {} : await readAdapterConfig(flags.adapterConfig);
  const { baseUrl, serviceIds, contractAddress, stop } = await startClinicalDecisionSupport({
    config: {
      ...file,
      ...(flags.adapterPort !== undefined && { port: flags.adapterPort }),
      ...(flags.adapterContractPort !== undefined && { contractPort: flags.adapterContractPort }),
    },
    ...around,
  });
  return {
    lines: [
      `CDS Hooks on ${baseUrl}/cds-services (${serviceIds.join(', ')})`,
      ...(contractAddress === undefined ? [] : [contractLine(contractAddress)]),
    ],
    place: { baseUrl, services: serviceIds, ...(contractAddress !== undefined && { contractAddress }) },
    stop,
  };
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
  const file = flags.adapterConfig === undefined ? {} : await readRuleAdapterConfig(flags.adapterConfig);
  const { url, ruleBaseIds, contractAddress, stop } = await startExpressif({
    config: {
      ...file,
      ...(flags.adapterPort !== undefined && { port: flags.adapterPort }),
      ...(flags.adapterContractPort !== undefined && { contractPort: flags.adapterContractPort }),
    },
    ...around,
  });
  return {
    lines: [
      `Rule bases on ${url}/v1/rule-bases (${ruleBaseIds.join(', ')})`,
      ...(contractAddress === undefined ? [] : [contractLine(contractAddress)]),
    ],
    place: { url, ruleBases: ruleBaseIds, ...(contractAddress !== undefined && { contractAddress }) },
    stop,
  };
}
