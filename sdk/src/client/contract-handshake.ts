import { CONTRACT_VERSIONS, type runtimeV1 } from '@deephealth/proto';
import { DeepHealthError } from '../errors/deephealth-error.js';

/** Throws DH_CONTRACT_VERSION_UNSUPPORTED, naming both sides, unless they share a major version. */
export function assertContractShared(info: runtimeV1.GetServerInfoResponse__Output): void {
  const ours = CONTRACT_VERSIONS.map((v) => v.major);
  const theirs = info.contractVersions.map((v) => v.major);
  if (ours.some((major) => theirs.includes(major))) return;
  const upgrade = Math.max(0, ...theirs) > Math.max(...ours) ? 'Upgrade this client' : 'Upgrade the server';
  throw new DeepHealthError(
    'DH_CONTRACT_VERSION_UNSUPPORTED',
    `Server "${info.name} ${info.version}" speaks contract major ${theirs.join(', ') || 'none'}, this client ${ours.join(', ')}. ${upgrade}.`,
    { details: { expected: ours.join(','), received: theirs.join(',') } },
  );
}
