import { createHash, X509Certificate } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeCertificate } from '../testing/make-certificate.js';
import { type AccessGateOptions, createAccessGate } from './access-gate.js';
import { keyDigest } from './key-file.js';

const ISSUER = 'https://identity.example';
const KEY = 'a'.repeat(40);
const { raw } = new X509Certificate(makeCertificate({ name: 'ward' }).certificate);
const other = new X509Certificate(makeCertificate({ name: 'other' }).certificate).raw;
let folder: string;
let keysFile: string;
let jwksFile: string;
let signer: CryptoKey;

const writeKeys = (...entries: object[]) => writeFileSync(keysFile, JSON.stringify({ keys: entries }));
const WARD = { id: 'ward', sha256: keyDigest(KEY), roles: ['clinician'], tenant: 'ward-a' };

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'gate-'));
  keysFile = join(folder, 'keys.json');
  jwksFile = join(folder, 'jwks.json');
  const pair = await generateKeyPair('ES256');
  signer = pair.privateKey;
  writeFileSync(
    jwksFile,
    JSON.stringify({ keys: [{ ...(await exportJWK(pair.publicKey)), kid: 'one', alg: 'ES256' }] }),
  );
  writeKeys(WARD);
});
afterAll(() => rmSync(folder, { recursive: true }));

const open = (options: AccessGateOptions = { keysFile }) => createAccessGate(options);
const bearer = (secret: string) => ({ authorization: [`Bearer ${secret}`] });
const refusal = (reason: string) =>
  expect.objectContaining({ code: 'DH_UNAUTHENTICATED', cause: expect.objectContaining({ reason }) });
const token = (claims: Record<string, unknown> = {}, lifetimeS = 600) =>
  new SignJWT({ roles: ['clinician'], ...claims })
    .setProtectedHeader({ alg: 'ES256', kid: 'one' })
    .setIssuer(ISSUER)
    .setAudience('deephealth')
    .setSubject('dr-a')
    .setIssuedAt()
    .setExpirationTime(Math.floor(Date.now() / 1000) + lifetimeS)
    .sign(signer);
const tokens = (fields = {}) => [{ issuer: ISSUER, audience: 'deephealth', jwksFile, ...fields }];

describe('the gate', () => {
  it('knows a key, and what its tenant may use', async () => {
    const gate = await open({ keysFile, tenants: { 'ward-a': { models: ['heart-*'] } } });
    expect(await gate.authenticate(bearer(KEY))).toMatchObject({ subject: 'ward', tenantModels: ['heart-*'] });
  });

  it.each<[string, readonly string[]]>([
    ['nothing-presented', []],
    ['key-unknown', ['Bearer unknown-unknown-unknown-unknown']],
    ['header-malformed', [`Bearer ${KEY}`, `Bearer ${KEY}`]],
    ['header-malformed', [`Bearer ${KEY}, Bearer ${KEY}`]],
    ['header-malformed', [`Basic ${KEY}`]],
    ['header-malformed', [KEY]],
    ['header-malformed', ['Bearer ']],
    ['header-malformed', [`Bearer ${'a'.repeat(9000)}`]],
    ['token-malformed', ['Bearer a.b.c']],
  ])('refuses with %s what is shown: %#', async (reason, authorization) => {
    const gate = await open();
    await expect(gate.authenticate({ authorization })).rejects.toEqual(refusal(reason));
  });

  it('says the same to all that it does not know', async () => {
    const gate = await open({ keysFile, tokens: tokens() });
    const said = await Promise.all(
      [
        bearer('unknown-key'),
        bearer('a.b.c'),
        bearer(await token({ cnf: { 'x5t#S256': 'x' } })),
        { authorization: [] },
      ].map((shown) => gate.authenticate(shown).catch((error: Error) => error.message)),
    );
    expect(new Set(said).size).toBe(1);
  });

  it('stops knowing a key that was taken out, and tells a stream that it opened', async () => {
    const gate = await open();
    const caller = await gate.authenticate(bearer(KEY));
    expect(caller.isCurrent?.()).toBe(true);
    writeKeys({ ...WARD, id: 'another', sha256: '0'.repeat(64) });
    await gate.refresh();
    await expect(gate.authenticate(bearer(KEY))).rejects.toEqual(refusal('key-unknown'));
    expect(caller.isCurrent?.()).toBe(false);
    // A file that cannot be used changes nothing.
    writeFileSync(keysFile, '{');
    await gate.refresh();
    await expect(gate.authenticate(bearer(KEY))).rejects.toEqual(refusal('key-unknown'));
    writeKeys({ ...WARD, expires: '2020-01-01' });
    await gate.refresh();
    await expect(gate.authenticate(bearer(KEY))).rejects.toEqual(refusal('key-expired'));
    writeKeys(WARD);
    await gate.refresh();
    expect((await gate.authenticate(bearer(KEY))).subject).toBe('ward');
  });

  it.each([{ roles: ['auditor'] }, { tenant: 'ward-b' }, { models: ['lung-*'] }])(
    'tells a stream that its key may do something else now: %j',
    async (changed) => {
      writeKeys(WARD);
      const gate = await open();
      const caller = await gate.authenticate(bearer(KEY));
      writeKeys(WARD, { id: 'another', sha256: '0'.repeat(64), roles: ['admin'] });
      await gate.refresh();
      expect(caller.isCurrent?.()).toBe(true);
      writeKeys({ ...WARD, ...changed });
      await gate.refresh();
      expect(caller.isCurrent?.()).toBe(false);
      writeKeys(WARD);
    },
  );

  it('makes keys for what the server starts, which are of no use elsewhere', async () => {
    const gate = await open();
    const issued = gate.issueKey({ subject: 'adapter:x', roles: ['service'], tenant: '', authentication: 'key' });
    expect((await gate.authenticate(bearer(issued))).subject).toBe('adapter:x');
    await expect((await open()).authenticate(bearer(issued))).rejects.toEqual(refusal('key-unknown'));
    gate.withdrawKey(issued);
    await expect(gate.authenticate(bearer(issued))).rejects.toEqual(refusal('key-unknown'));
  });

  it('takes a token again from its memory, and not from another issuer', async () => {
    const gate = await open({ tokens: tokens() });
    const good = await token();
    for (let asked = 0; asked < 2; asked++) expect((await gate.authenticate(bearer(good))).subject).toBe('dr-a');
    const elsewhere = await open({ tokens: tokens({ issuer: 'https://elsewhere.example' }) });
    await expect(elsewhere.authenticate(bearer(good))).rejects.toEqual(refusal('issuer-unknown'));
  });

  it('takes a token that is bound to a certificate from its connection alone, remembered or not', async () => {
    const gate = await open({ tokens: tokens() });
    const bound = await token({ cnf: { 'x5t#S256': createHash('sha256').update(raw).digest('base64url') } });
    const over = (certificate?: Uint8Array) =>
      gate.authenticate({ ...bearer(bound), certificate: () => certificate && { raw: certificate } });
    await expect(over(other)).rejects.toEqual(refusal('bound-to-another-certificate'));
    expect((await over(raw)).subject).toBe('dr-a');
    await expect(over(other)).rejects.toEqual(refusal('bound-to-another-certificate'));
    await expect(over()).rejects.toEqual(refusal('bound-to-another-certificate'));
  });

  it('takes a single-use token once, over a restart too, and by one of two at the same time', async () => {
    const options = { tokens: tokens({ singleUse: true }), stateFolder: join(folder, 'state') };
    const first = await open(options);
    const once = await token({ jti: 'one' });
    const both = await Promise.allSettled([first.authenticate(bearer(once)), first.authenticate(bearer(once))]);
    expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    await first.close();
    const second = await open(options);
    await expect(second.authenticate(bearer(once))).rejects.toEqual(refusal('token-used-before'));
    expect((await second.authenticate(bearer(await token({ jti: 'two' })))).subject).toBe('dr-a');
    await second.close();
  });

  it('knows a certificate where nothing else is shown, and judges what else is shown alone', async () => {
    const sha256 = createHash('sha256').update(raw).digest('hex');
    const gate = await open({ keysFile, certificates: [{ id: 'device', sha256, roles: ['service'] }] });
    const certificate = () => ({ raw });
    expect((await gate.authenticate({ authorization: [], certificate })).subject).toBe('device');
    expect((await gate.authenticate({ ...bearer(KEY), certificate })).subject).toBe('ward');
    await expect(gate.authenticate({ ...bearer('wrong-wrong-wrong'), certificate })).rejects.toEqual(
      refusal('key-unknown'),
    );
    await expect(gate.authenticate({ authorization: [], certificate: () => ({ raw: other }) })).rejects.toEqual(
      refusal('certificate-unknown'),
    );
  });

  it.each<[string, AccessGateOptions]>([
    ['lets nobody in', {}],
    ['keysFile', { keysFile: '/nowhere/keys.json' }],
    ['state folder', { tokens: [{ issuer: ISSUER, audience: 'a', jwksFile: '', singleUse: true }] }],
  ])('is refused with settings: %s', async (says, options) => {
    const withFile = options.tokens === undefined ? options : { tokens: tokens({ singleUse: true }) };
    await expect(open(withFile)).rejects.toMatchObject({
      code: 'DH_CONFIG_INVALID',
      message: expect.stringContaining(says),
    });
  });
});
