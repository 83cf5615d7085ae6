import type { Profile } from '../cases/case-types.js';
import { SERVED_MODELS } from '../models/catalogue.js';
import { describeTarget, type Reached } from '../run/describe-target.js';
import type { OipTarget } from './oip-target.js';
import { type OipAddresses, reachOip } from './reach-oip.js';

export interface ReachOptions extends OipAddresses {
  readonly profiles: readonly Profile[];
}

/**
 * Who answers at an address, by the profiles that it claims: one that claims `oip` alone need not speak the
 * contract, and serves what models it can. Never rejects.
 */
export async function reachTarget({
  profiles,
  ...addresses
}: ReachOptions): Promise<
  (Exclude<Reached, { problem: string }> & { readonly oip?: OipTarget }) | { problem: string }
> {
  const contract = profiles.some((profile) => profile !== 'oip')
    ? await describeTarget(addresses.target, SERVED_MODELS)
    : undefined;
  if (contract !== undefined && ('problem' in contract || !profiles.includes('oip'))) return contract;
  const reached = await reachOip(addresses);
  if ('problem' in reached) return reached;
  // What is missing for oip makes cases not applicable; for the contract's own profiles it ends the run.
  const { target, features, oip } = reached;
  return {
    target: contract?.target ?? target,
    features: new Set([...(contract?.features ?? []), ...features]),
    executionProviders: contract?.executionProviders ?? [],
    contractVersions: contract?.contractVersions ?? [],
    missing: contract?.missing ?? [],
    oip,
  };
}
