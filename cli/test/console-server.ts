import { randomBytes } from 'node:crypto';
import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type RuntimeServer, type RuntimeServerOptions, startRuntimeServer } from '@deephealth/runtime';
import { keyDigest } from '@deephealth/sdk';
import { buildTestPackage } from '@deephealth/sdk/testing';
import {
  type ConsoleService,
  type ConsoleServiceOptions,
  createConsoleService,
} from '../src/console/console-service.js';
import { imagePackage, vectorPackage } from './served-packages.js';
import { temporaryFolder } from './temporary-folder.js';

const SAMPLES = fileURLToPath(new URL('../../samples/models', import.meta.url));

export const ROLES = ['admin', 'operator', 'clinician', 'safety-officer', 'auditor', 'service'] as const;

/** Keys of a server with access control: one for each role, of a tenant, and of a caller of few models. */
const HOLDERS = {
  ...Object.fromEntries(ROLES.map((role) => [role, { roles: [role] }])),
  'ward-a': { roles: ['clinician', 'auditor'], tenant: 'ward-a' },
  heart: { roles: ['clinician', 'auditor'], models: ['heart-*'] },
} as Record<string, object>;

export interface ServedConsole {
  readonly server: RuntimeServer;
  readonly service: ConsoleService;
  readonly folder: string;
  readonly origin: string;
  /** By the id of the holder. */
  readonly keys: Readonly<Record<string, string>>;
  stop(): Promise<void>;
}

/** A server with a console, and with models of a table, of plain tensors and of images. */
export async function serveConsole(
  options: { readonly isOpen?: boolean; readonly console?: ConsoleServiceOptions } & Partial<RuntimeServerOptions> = {},
): Promise<ServedConsole> {
  const { isOpen = false, console: asked = {}, ...others } = options;
  const folder = temporaryFolder();
  const models = join(folder, 'models');
  cpSync(join(SAMPLES, 'heart-disease-risk', '1.0.0'), join(models, 'heart-disease-risk', '1.0.0'), {
    recursive: true,
  });
  buildTestPackage(models, vectorPackage);
  buildTestPackage(models, imagePackage);
  const keys = Object.fromEntries(Object.keys(HOLDERS).map((id) => [id, randomBytes(32).toString('base64url')]));
  const keysFile = join(folder, 'keys.json');
  const entries = Object.entries(HOLDERS).map(([id, holder]) => ({
    id,
    sha256: keyDigest(keys[id] as string),
    ...holder,
  }));
  writeFileSync(keysFile, JSON.stringify({ keys: entries }));
  const stateFolder = join(folder, 'state');
  mkdirSync(stateFolder);
  const auditFolder = join(stateFolder, 'audit');
  const service = createConsoleService({ stateFolder, auditFolder, ...asked });
  const server = await startRuntimeServer({
    ...{ models: [models], port: 0, httpPort: 0, stateFolder, audit: { folder: auditFolder, durable: false } },
    ...(!isOpen && { access: { keysFile } }),
    ...{ innerRoutes: service.routes, ...others },
  });
  await server.verified;
  return {
    ...{ server, service, folder, keys, origin: `http://127.0.0.1:${server.httpPort}` },
    async stop() {
      await server.stop();
      service.close();
    },
  };
}

export interface WebAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
  readonly json: unknown;
}

export interface WebQuestion {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
  readonly key?: string | undefined;
}

/** A request whose path is sent as it is written: `fetch` would resolve it first. */
export function ask(origin: string, path: string, question: WebQuestion = {}): Promise<WebAnswer> {
  const { method = 'GET', headers = {}, body, key } = question;
  const { hostname, port } = new URL(origin);
  return new Promise((resolve, reject) => {
    const sent = httpRequest(
      {
        ...{ hostname, port, path, method, agent: false },
        headers: { ...headers, ...(key !== undefined && { authorization: `Bearer ${key}` }) },
      },
      (response) => {
        const parts: Buffer[] = [];
        response.on('data', (part: Buffer) => parts.push(part));
        response.on('error', reject);
        response.on('end', () => {
          const text = Buffer.concat(parts).toString();
          const isJson = /json/.test(response.headers['content-type'] ?? '') && text !== '';
          resolve({
            ...{ status: response.statusCode ?? 0, headers: response.headers, text },
            json: isJson ? JSON.parse(text) : undefined,
          });
        });
      },
    );
    sent.on('error', reject);
    sent.end(body);
  });
}
