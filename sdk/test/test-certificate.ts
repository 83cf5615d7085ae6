import { execFileSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface TestCertificate {
  /** Both in PEM; the certificate signs itself, and is for 127.0.0.1. */
  readonly certificate: Buffer;
  readonly key: Buffer;
  /** SHA-256 in hexadecimal, with colons. */
  readonly fingerprint: string;
}

/** Made by the program openssl; undefined where there is none. */
export function makeTestCertificate(): TestCertificate | undefined {
  const folder = mkdtempSync(join(tmpdir(), 'deephealth-certificate-'));
  const [certificate, key] = [join(folder, 'c.pem'), join(folder, 'k.pem')];
  const kind = ['-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2'];
  const name = ['-subj', '/CN=test', '-addext', 'subjectAltName=IP:127.0.0.1'];
  try {
    execFileSync('openssl', ['req', ...kind, ...name, '-keyout', key, '-out', certificate], { stdio: 'ignore' });
    const made = { certificate: readFileSync(certificate), key: readFileSync(key) };
    return { ...made, fingerprint: new X509Certificate(made.certificate).fingerprint256 };
  } catch {
    return undefined;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
