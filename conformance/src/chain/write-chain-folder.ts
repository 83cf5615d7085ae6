import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type WrittenModel, writeModels } from '../models/write-models.js';
import { chainModels } from './chain-models.js';

/** Who may submit runs. */
export interface ChainTenant {
  readonly name: string;
  /** Shown as `authorization: Bearer <key>`. */
  readonly key: string;
  /** Runs of the tenant that have not ended, at most; default any number. */
  readonly maxActiveRuns?: number;
}

/** What a service of chains is told, as a JSON file. */
export interface ChainSettings {
  /** "host:port" of the suite's runtime; absent before the suite has started it. */
  readonly runtime?: string;
  /** Folders of the packages, each with bindings/processing-chain.json. */
  readonly packages: readonly string[];
  /** Where it keeps its runs; nothing is written outside of it. */
  readonly stateFolder: string;
  readonly tenants: readonly ChainTenant[];
  /** Hosts with their ports that callbacks may go to, by http on loopback; the suite's alone. */
  readonly callbackHosts: readonly string[];
  /** Folders that inputs may be taken from by name; the suite opens none. */
  readonly roots: readonly { readonly name: string; readonly folder: string }[];
}

/** The tenants of the suite. `bounded` may have few runs at a time, `listing` is only listed. */
export const TENANTS = {
  first: { name: 'conformance-first', key: 'conformance-key-first-5d8e2b71c04a' },
  second: { name: 'conformance-second', key: 'conformance-key-second-91f3aa60e7d2' },
  bounded: { name: 'conformance-bounded', key: 'conformance-key-bounded-2c7b46d19e85', maxActiveRuns: 2 },
  listing: { name: 'conformance-listing', key: 'conformance-key-listing-b3e90d57f61c' },
} as const satisfies Readonly<Record<string, ChainTenant>>;
export type TenantName = keyof typeof TENANTS;

/** Where the suite is, as far as that is known. */
export interface ChainPlaces {
  /** "host:port" of its runtime. */
  readonly runtime?: string;
  /** URL that it is called back at. */
  readonly platform?: string;
}

export interface ChainFolder {
  readonly models: readonly WrittenModel[];
  readonly settings: string;
}

/** Writes the suite's packages with their chains, and beside them the settings. The same bytes each time. */
export function writeChainFolder(folder: string, { runtime, platform }: ChainPlaces = {}): ChainFolder {
  const packages = join(resolve(folder), 'packages');
  const stateFolder = join(resolve(folder), 'state');
  mkdirSync(packages, { recursive: true });
  mkdirSync(stateFolder, { recursive: true });
  const models = writeModels(packages, chainModels());
  const settings: ChainSettings = {
    ...(runtime !== undefined && { runtime }),
    packages: models.map((one) => one.folder),
    stateFolder,
    tenants: Object.values(TENANTS),
    callbackHosts: callbackHostsOf(platform),
    roots: [],
  };
  const path = join(resolve(folder), 'settings.json');
  writeFileSync(path, `${JSON.stringify(settings, null, 2)}\n`);
  return { models, settings: path };
}

/** @param platform URL that the suite is called back at */
export function callbackHostsOf(platform: string | undefined): string[] {
  return platform === undefined || platform === '' ? [] : [new URL(platform).host];
}
