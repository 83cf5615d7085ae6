import { createHash } from 'node:crypto';
import { DeepHealthError } from '../errors/deephealth-error.js';
import type { PresentedCertificate } from './access-gate.js';
import type { CertificateCallerOptions } from './access-options.js';
import type { Caller } from './caller.js';
import { readModels, readRoles } from './key-file.js';

/** Callers that are known by their certificates. */
export interface CertifiedCallers {
  find(certificate: PresentedCertificate | undefined): Caller | undefined;
}

/** @throws DH_CONFIG_INVALID naming the setting */
export function listCertifiedCallers(options: readonly CertificateCallerOptions[]): CertifiedCallers {
  const byFingerprint = new Map<string, Caller>();
  const byName = new Map<string, Caller>();
  for (const [index, entry] of options.entries()) {
    const place = `access.certificates[${index}]`;
    const { id, sha256, subjectAltName, tenant = '', models } = entry;
    if ((sha256 === undefined) === (subjectAltName === undefined)) {
      throw invalid(place, 'needs either "sha256" or "subjectAltName"');
    }
    const caller: Caller = {
      subject: id,
      roles: readRoles(entry.roles, `${place}.roles`),
      tenant,
      authentication: 'certificate',
      ...(models !== undefined && { models: readModels(models, `${place}.models`) }),
    };
    const key = sha256?.replaceAll(':', '').toLowerCase() ?? (subjectAltName as string);
    if (sha256 !== undefined && !/^[0-9a-f]{64}$/.test(key)) {
      throw invalid(`${place}.sha256`, 'must be a SHA-256 fingerprint, 64 hexadecimal digits');
    }
    if (subjectAltName !== undefined && !/^(?:DNS|URI|email):[^,\s"]+$/.test(key)) {
      throw invalid(`${place}.subjectAltName`, 'must be written as DNS:name, URI:address or email:address');
    }
    const list = sha256 === undefined ? byName : byFingerprint;
    if (list.has(key)) throw invalid(place, 'stands for the certificate of another caller');
    list.set(key, caller);
  }
  return {
    find(certificate) {
      if (certificate === undefined) return undefined;
      const found = byFingerprint.get(createHash('sha256').update(certificate.raw).digest('hex'));
      if (found !== undefined) return found;
      // A name with a comma or a quote is quoted by Node, and so is equal to none of ours.
      for (const name of certificate.subjectAltName?.split(', ') ?? []) {
        const caller = byName.get(name);
        if (caller !== undefined) return caller;
      }
      return undefined;
    },
  };
}

function invalid(field: string, sentence: string): DeepHealthError {
  return new DeepHealthError('DH_CONFIG_INVALID', `Setting "${field}" ${sentence}.`, { details: { field } });
}
