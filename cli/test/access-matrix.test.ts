import { cpSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { Agent } from 'node:https';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openSlide, startSlideViewer } from '@deephealth/adapter-digital-pathology';
import { type RuntimeServer, silentLog, startRuntimeServer } from '@deephealth/runtime';
import { newSigningKey, type SigningKey, signPackage } from '@deephealth/sdk';
import { buildTestPackage } from '@deephealth/sdk/testing';
import { encode } from 'fast-png';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startClinicalDecisionSupport } from '../src/adapters/serve-clinical-decision-support.js';
import { startExpressif } from '../src/adapters/serve-expressif.js';
import { startPiaf } from '../src/adapters/serve-piaf.js';
import { createConsoleService } from '../src/console/console-service.js';
import { ATTEMPTS } from './access-attempts.js';
import { type Face, facesOf, NO_CONNECTION, type Places, webAnswer } from './access-faces.js';
import { createHospital, type Hospital, ISSUER, type Shown } from './access-hospital.js';
import { deephealthHere } from './cli-process.js';
import { vectorPackage } from './served-packages.js';
import { removeTemporaryFolders, temporaryFolder } from './temporary-folder.js';

const REFUSED = [NO_CONNECTION, 'UNAUTHENTICATED', 'PERMISSION_DENIED', '401', '403'];
/** Of what another tenant began: it is not there. */
const NOT_THERE = [...REFUSED, '404', 'NOT_FOUND', 'FAILED_PRECONDITION', 'UNIMPLEMENTED'];
const BEHIND_FACES = ['heart-disease-risk', 'heart-vector'];
const INFER = {
  method: 'POST',
  body: JSON.stringify({ inputs: [{ name: 'x', datatype: 'FP32', shape: [1, 4], data: [1, 2, 3, 4] }] }),
};
const DOCUMENT = fileURLToPath(new URL('../../docs/access-matrix.md', import.meta.url));
const SAMPLE = fileURLToPath(new URL('../../samples/models/heart-disease-risk/1.0.0', import.meta.url));

let hospital: Hospital;
let server: RuntimeServer;
/** Folders of the packages behind the faces, and of one that another key has signed, too. */
let packages: readonly string[];
/** Signs the packages that the faces are about. */
const vendor = newSigningKey();
/** Signs one that stays trusted throughout. */
const other = newSigningKey();
let trusted: string;
let places: Places;
let faces: readonly Face[];
const stops: (() => Promise<unknown>)[] = [];
/** Of the one who looks at statistics between two attempts. */
const agent = new Agent({ keepAlive: true });
const outcomes = new Map<string, Map<string, string>>();

beforeAll(async () => {
  const folder = temporaryFolder();
  hospital = createHospital(folder);
  const store = join(folder, 'models');
  const sample = join(store, 'heart-disease-risk', '1.0.0');
  cpSync(SAMPLE, sample, { recursive: true });
  packages = [sample, buildTestPackage(store, { ...vectorPackage, name: 'heart-vector' }).folder];
  for (const one of packages) await signPackage(one, vendor);
  await signPackage(buildTestPackage(store, { ...vectorPackage, name: 'heart-signed' }).folder, other);
  trusted = join(folder, 'trusted.json');
  trust(vendor, other);
  const shown = createConsoleService({ stateFolder: join(folder, 'state') });
  server = await startRuntimeServer({
    innerRoutes: shown.routes,
    ...{ models: [store], port: 0, httpPort: 0, profile: 'production', sharedMemory: true },
    ...{ tls: hospital.tls, access: hospital.access, stateFolder: join(folder, 'state') },
    ...{ trust: { keys: trusted }, audit: { folder: join(folder, 'state', 'audit') } },
  });
  stops.push(() => server.stop().then(() => shown.close()));
  const { address: runtime, token: runtimeToken } = await server.connectAs('adapter:all');
  const around = {
    ...{ runtime, models: [store], insecureBind: false, isProduction: true, log: silentLog, security: server.security },
    ...(runtimeToken !== undefined && { runtimeToken }),
  };
  const config = (name: string) => ({ port: 0, stateFolder: join(folder, name) });
  const rules = await startExpressif({ ...around, config: { ...config('rules'), contractPort: 0 } });
  stops.push(() => rules.stop());
  const cds = await startClinicalDecisionSupport({ ...around, config: config('cds') });
  stops.push(() => cds.stop());
  mkdirSync(join(folder, 'chains'));
  const chains = await startPiaf({ ...around, config: config('chains') });
  stops.push(() => chains.stop());
  const picture = join(folder, 'slide.png');
  writeFileSync(picture, encode({ width: 64, height: 48, channels: 3, data: new Uint8Array(9216).fill(90) }));
  const slide = await openSlide(picture, { micronsPerPixel: { x: 0.5, y: 0.5 } });
  const viewer = await startSlideViewer({ slide, ...server.security });
  stops.push(() => viewer.close().then(() => slide.close()));
  places = {
    ...{
      grpc: server.address,
      http: `https://127.0.0.1:${server.httpPort}`,
      contractFace: rules.contractAddress ?? '',
    },
    ...{
      cds: cds.baseUrl,
      cdsService: cds.serviceIds[0] ?? '',
      rules: rules.url,
      chains: chains.url,
      slide: viewer.url,
    },
  };
  faces = facesOf(hospital, places);
  await server.verified;
  hospital.withdraw();
  await server.security.gate?.refresh();
}, 120_000);

afterAll(async () => {
  agent.destroy();
  for (const stop of stops.reverse()) await stop();
  removeTemporaryFolders();
});

const owner = (): Shown => ({
  ...{ authorization: [`Bearer ${hospital.keys['ward-a']}`], identity: hospital.client },
});

/** Whose packages are served from now on; a server looks twice a second. */
function trust(...keys: readonly (SigningKey & { readonly isRevoked?: boolean })[]): void {
  const entries = keys.map(({ id, publicKey, isRevoked = false }) => ({
    ...{ name: id, key: publicKey.export({ format: 'jwk' }), revoked: isRevoked },
  }));
  // Whole at any moment: a server that meets half of it keeps what it read last.
  writeFileSync(`${trusted}.new`, JSON.stringify({ keys: entries }));
  renameSync(`${trusted}.new`, trusted);
}

/** Packages behind the faces are let go, and read anew as they lie there. */
async function loadAnew(): Promise<void> {
  for (const name of BEHIND_FACES) {
    await server.store.unload(name, '');
    await server.store.load(name, '').catch(() => undefined);
  }
}

/** Why packages are refused, or that they serve. */
const states = () =>
  BEHIND_FACES.map((name) => {
    const [version] = server.store.versions(name);
    return version?.reason?.code ?? version?.state;
  });

/** What is wrong with packages that were signed rightly, and how it is mended. */
const SPOILED = [
  {
    name: 'an unsigned package',
    ...{ code: 'DH_PACKAGE_UNSIGNED', says: /was refused: The package is not signed/ },
    async spoil() {
      for (const one of packages) rmSync(join(one, 'SHA256SUMS.sig'));
      await loadAnew();
    },
    async mend() {
      for (const one of packages) await signPackage(one, vendor);
      await loadAnew();
    },
  },
  {
    name: 'a package that a key has signed which is not trusted',
    ...{ code: 'DH_PACKAGE_SIGNER_UNTRUSTED', says: /was refused: The package is signed by a key that is none of/ },
    spoil: async () => trust(other),
    mend: async () => trust(vendor, other),
  },
  {
    name: 'a package that a revoked key has signed',
    ...{ code: 'DH_PACKAGE_KEY_REVOKED', says: /was refused: .*revoked/ },
    spoil: async () => trust({ ...vendor, isRevoked: true }, other),
    mend: async () => trust(vendor, other),
  },
];

/** How often models have run, by their statistics. */
async function runs(): Promise<number> {
  const admin = { authorization: [`Bearer ${hospital.keys.admin}`], identity: hospital.client };
  const { text } = await webAnswer(hospital, `${places.http}/v2/models/stats`, { agent }, admin);
  const { model_stats } = JSON.parse(text) as { model_stats: { inference_count: number }[] };
  return model_stats.reduce((sum, { inference_count }) => sum + Number(inference_count), 0);
}

describe('who is let in, on every face', () => {
  it('the right caller is answered, by its key and by a token', async () => {
    for (const face of faces) {
      expect(`${face.name}: ${await face.ask(owner())}`).toBe(`${face.name}: ${face.answered}`);
      const byToken = { authorization: [`Bearer ${hospital.token({ iss: ISSUER })}`], identity: hospital.client };
      expect(`${face.name}: ${await face.ask(byToken)}`).toBe(`${face.name}: ${face.answered}`);
    }
    expect(await runs()).toBeGreaterThan(0);
  }, 60_000);

  it.each(ATTEMPTS)(
    '$name is refused, and nothing runs',
    async ({ name, shown }) => {
      const column = new Map<string, string>();
      outcomes.set(name, column);
      for (const face of faces) {
        if (name.startsWith('a model') && face.isOfModel === false) {
          column.set(face.name, '–');
          continue;
        }
        const used = await shown(hospital, async (once) => {
          expect(`${face.name}: ${await face.ask(once)}`).toBe(`${face.name}: ${face.answered}`);
        });
        const before = await runs();
        const outcome = await face.ask(used);
        column.set(face.name, outcome);
        expect(REFUSED, `${face.name}: ${name}`).toContain(outcome);
        expect(await runs(), `${face.name}: ${name}`).toBe(before);
      }
    },
    60_000,
  );

  it.each(SPOILED)(
    '$name is refused with its reason, and nothing runs',
    async ({ name, code, says, spoil, mend }) => {
      const column = new Map<string, string>();
      outcomes.set(name, column);
      const ofModels = faces.filter(({ asksModel }) => asksModel !== false);
      const everyFaceAnswers = async () => {
        for (const { name: face, tell, told, answered } of ofModels) {
          const before = await runs();
          const { outcome, text } = await tell(owner());
          expect(`${face}: ${outcome}`, text).toBe(`${face}: ${told ?? answered}`);
          expect(text, face).not.toMatch(/was refused/);
          expect(await runs(), face).toBeGreaterThan(before);
        }
      };
      await everyFaceAnswers();
      await spoil();
      await expect.poll(states, { timeout: 30_000 }).toEqual(BEHIND_FACES.map(() => code));
      for (const face of faces) column.set(face.name, '–');
      for (const face of ofModels) {
        const before = await runs();
        const { outcome, text } = await face.tell(owner());
        expect(`${face.name}: ${text}`).toMatch(says);
        column.set(face.name, outcome);
        expect(await runs(), `${face.name}: ${name}`).toBe(before);
      }
      // In the same store, at the same time: what is signed by a key that is trusted.
      const { outcome } = await webAnswer(hospital, `${places.http}/v2/models/heart-signed/infer`, INFER, owner());
      expect(outcome).toBe('200');
      await mend();
      await expect.poll(states, { timeout: 30_000 }).toEqual(BEHIND_FACES.map(() => 'READY'));
      await everyFaceAnswers();
    },
    120_000,
  );

  it('commands about control show who asks', async () => {
    const folder = temporaryFolder();
    const file = (name: string, content: Buffer | string) => {
      writeFileSync(join(folder, name), content);
      return join(folder, name);
    };
    const { authority, client, keys } = hospital;
    const trusting = ['--tls-ca', file('ca.pem', authority.certificate)];
    const proof = [
      '--tls-cert',
      file('client.pem', client.certificate),
      '--tls-key',
      file('client-key.pem', client.key),
    ];
    const model = (...args: string[]) =>
      deephealthHere('model', ...args, '--server', server.address, ...trusting, ...proof);
    const admin = ['--token-file', file('admin', keys.admin)];
    const said = await model('suspend', 'heart-signed', '--reason', 'a test', ...admin);
    expect(said).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('by admin') });
    expect(await model('list', ...admin)).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('a test') });
    const ward = await model('resume', 'heart-signed', '--token-file', file('ward', keys['ward-a']));
    expect(ward).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('DH_PERMISSION_DENIED') });
    expect(await model('resume', 'heart-signed')).toMatchObject({
      exitCode: 1,
      stderr: expect.stringMatching(/UNAUTH/),
    });
    expect(await model('resume', 'heart-signed', ...admin)).toMatchObject({ exitCode: 0 });
  }, 60_000);

  it('what another tenant began is not there', async () => {
    const column = new Map<string, string>();
    outcomes.set('what another tenant began', column);
    const other = { authorization: [`Bearer ${hospital.keys['ward-b']}`], identity: hospital.client };
    for (const face of faces) {
      if (face.askForForeign === undefined) {
        column.set(face.name, '–');
        continue;
      }
      const outcome = await face.askForForeign(other, owner());
      column.set(face.name, outcome);
      expect(NOT_THERE, face.name).toContain(outcome);
    }
  });

  it('is written down as it is', async () => {
    const rows = [...outcomes].map(([attempt, column]) => [
      attempt,
      ...faces.map(({ name }) => column.get(name) ?? ''),
    ]);
    const head = ['attempt', ...faces.map(({ name }) => name)];
    const table = [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`);
    await expect(`${HEADING}\n\n${table.join('\n')}\n`).toMatchFileSnapshot(DOCUMENT);
  });
});

const HEADING = `# Who is refused, on every face

Made by \`npx vitest run cli/test/access-matrix.test.ts -u\`, which asks all of this of a server in the production profile with mutual TLS, and fails where this page is out of date. Each attempt is good in all but the one thing that its row names. After each, the number of runs of every model is what it was before. The right caller is answered on each of these faces.

\`no connection\`: the connection ends before there is a call. \`–\`: the face has nothing of that kind; the rule page asks no model, since what stands for its output is typed in. Where a package is refused, each face says why, one in the same store that a trusted key has signed is answered at the same time, and every face answers again once that is mended.`;
