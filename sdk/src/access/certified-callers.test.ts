import { createHash, X509Certificate } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { makeCertificate } from '../testing/make-certificate.js';
import { listCertifiedCallers } from './certified-callers.js';

const { raw } = new X509Certificate(makeCertificate({ name: 'ward', hosts: ['ward.example'] }).certificate);
const sha256 = createHash('sha256').update(raw).digest('hex');
const base = { id: 'ward', roles: ['clinician'] as const };

describe('callers that are known by a certificate', () => {
  it('are found by its fingerprint, however that is written', () => {
    const colons = sha256.toUpperCase().replace(/..(?!$)/g, '$&:');
    for (const written of [sha256, colons]) {
      expect(listCertifiedCallers([{ ...base, sha256: written }]).find({ raw })?.subject).toBe('ward');
    }
    expect(listCertifiedCallers([{ ...base, sha256: '0'.repeat(64) }]).find({ raw })).toBeUndefined();
    expect(listCertifiedCallers([{ ...base, sha256 }]).find(undefined)).toBeUndefined();
  });

  it('are found by one of its names, letter for letter', () => {
    const callers = listCertifiedCallers([{ ...base, subjectAltName: 'DNS:ward.example' }]);
    expect(callers.find({ raw, subjectAltName: 'DNS:a.example, DNS:ward.example' })?.subject).toBe('ward');
    for (const subjectAltName of ['DNS:ward.example.evil', 'URI:ward.example', 'DNS:"x, DNS:ward.example.', '']) {
      expect(callers.find({ raw, subjectAltName }), subjectAltName).toBeUndefined();
    }
    expect(callers.find(undefined)).toBeUndefined();
  });

  it.each<[string, object]>([
    ['neither fingerprint nor name', {}],
    ['both', { sha256, subjectAltName: 'DNS:a' }],
    ['a fingerprint that is too short', { sha256: 'ab' }],
    ['a name that has no kind', { subjectAltName: 'ward.example' }],
    ['a name that hides two', { subjectAltName: 'DNS:a, DNS:b' }],
    ['no role', { sha256, roles: [] }],
  ])('are refused with %s', (_, fields) => {
    expect(() => listCertifiedCallers([{ ...base, ...fields }])).toThrow(
      expect.objectContaining({ code: 'DH_CONFIG_INVALID' }),
    );
  });

  it('are one for each certificate', () => {
    expect(() =>
      listCertifiedCallers([
        { ...base, sha256 },
        { ...base, id: 'b', sha256 },
      ]),
    ).toThrow(/another caller/);
  });
});
