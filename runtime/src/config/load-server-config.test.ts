import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DeepHealthError } from '@deephealth/sdk';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadServerConfig, parseServerConfig } from './load-server-config.js';
import type { ServerConfig } from './server-config.js';

/** Every setting there is, none at its default. */
const everything: Required<ServerConfig> = {
  models: ['models', '/srv/models'],
  listen: { host: '127.0.0.2', grpcPort: 9500, httpPort: 9080 },
  profile: 'production',
  tls: {
    certificate: 'tls/server.crt',
    key: 'tls/server.key',
    clientCa: 'tls/callers.crt',
    clientCrl: 'tls/withdrawn.crl',
    clients: 'optional',
    minVersion: 'TLSv1.3',
  },
  access: {
    keysFile: 'keys.json',
    tokens: [{ issuer: 'https://id.example', audience: ['deephealth'], jwksFile: 'jwks.json', singleUse: true }],
    certificates: [{ id: 'gateway', subjectAltName: 'DNS:gateway.example', roles: ['service'], tenant: 'ward-a' }],
    tenants: { 'ward-a': { models: ['heart-*'] } },
  },
  stateFolder: 'state',
  serverName: 'ward-4',
  repository: { mode: 'explicit', load: ['heart', 'lung'] },
  versionPolicy: { latest: 2 },
  limits: {
    memoryMiB: 2048,
    loadTimeoutMs: 60_000,
    runTimeoutMs: 5_000,
    abandonGraceMs: 500,
    maxQueueLength: 32,
    intraOpThreads: 2,
    instances: 3,
    maxBatchSize: 8,
    maxSequences: 100,
    recycleAboveMiB: 1024,
  },
  modelSettings: { heart: { versionPolicy: { specific: ['1.0.0', '2.0.0-rc.1'] }, limits: { memoryMiB: 512 } } },
  remotes: { lung: { address: 'gpu-1.example:8001', concurrency: 4, timeoutMs: 2_000, maxMessageBytes: 1_000_000 } },
  maxMessageBytes: 1_048_576,
  maxTensorElements: 1_000,
  maxStreamItemsInFlight: 8,
  defaultDeadlineMs: 1_000,
  drainGraceMs: 0,
  sharedMemory: true,
  isolation: { mode: 'required', user: 'deephealth', group: '990' },
  tracing: { otlpEndpoint: 'http://127.0.0.1:4318', sampleRatio: 0.1 },
  trust: {
    keys: ['keys', '/etc/deephealth/keys.json'],
    requireSignatures: true,
    requiredSigners: ['Vendor', 'Hospital'],
    revokedPackages: ['a'.repeat(64)],
  },
  rollouts: {
    heart: {
      candidate: { version: '2.0.0', share: 0.1 },
      tenants: ['ward-4'],
      shadow: { version: '3.0.0-rc.1', share: 0.01 },
    },
  },
  log: { level: 'debug' },
  audit: {
    enabled: true,
    durable: false,
    segmentMiB: 16,
    segmentHours: 6,
    retentionDays: 3650,
    recordRefusals: false,
    signingKeyFile: 'audit-key.pem',
  },
  console: false,
  consoleExamples: 'examples',
};

const bytesOf = (document: unknown) => new TextEncoder().encode(JSON.stringify(document));
const parse = (document: unknown) => parseServerConfig(bytesOf(document), 'deephealth.config.json');

function refusal(bytes: Uint8Array): DeepHealthError {
  try {
    parseServerConfig(bytes, 'deephealth.config.json');
  } catch (error) {
    expect(error).toBeInstanceOf(DeepHealthError);
    expect((error as DeepHealthError).code).toBe('DH_CONFIG_INVALID');
    return error as DeepHealthError;
  }
  throw new Error('was accepted');
}
const refused = (document: unknown) => refusal(bytesOf(document)).message;

/** JSON pointers of every setting below a part of the schema, without those by model name. */
function settingsOf(schema: Record<string, unknown>, at = ''): string[] {
  return Object.entries((schema.properties ?? {}) as Record<string, Record<string, unknown>>).flatMap(
    ([name, below]) => [`${at}/${name}`, ...settingsOf(below, `${at}/${name}`)],
  );
}

describe('a configuration', () => {
  it('may say nothing', () => {
    expect(parse({})).toEqual({});
  });

  it('may say everything, and is returned as it was written', () => {
    expect(parse({ $schema: './config.schema.json', ...everything })).toEqual(everything);
  });

  it('knows as many settings as its schema', () => {
    const schema = JSON.parse(
      readFileSync(new URL('../../schemas/config.schema.json', import.meta.url), 'utf8'),
    ) as Record<string, unknown>;
    const written = (value: unknown, at = ''): string[] =>
      typeof value !== 'object' || value === null || Array.isArray(value)
        ? []
        : Object.entries(value).flatMap(([name, below]) => [`${at}/${name}`, ...written(below, `${at}/${name}`)]);
    const known = new Set(written(everything));
    const mode = '/repository/pollIntervalMs';
    expect(settingsOf(schema).filter((field) => !known.has(field) && ![mode, '/$schema'].includes(field))).toEqual([]);
  });

  it('is described in docs/operations.md, every setting of it', () => {
    const page = readFileSync(new URL('../../../docs/operations.md', import.meta.url), 'utf8');
    const docs = page.split(/^## /m).find((section) => section.startsWith('Configuration')) ?? '';
    const listed = new Set(
      [...docs.matchAll(/^\| (`[a-zA-Z.<>]+`(?:, `[a-zA-Z.]+`)*) \| /gm)].flatMap(([, names = '']) =>
        [...names.matchAll(/`([a-zA-Z.<>]+)`/g)].map(([, name = '']) => name),
      ),
    );
    const settings = Object.entries({ ...everything, repository: { ...everything.repository, pollIntervalMs: 1 } });
    const expected = settings.flatMap(([name, value]) => {
      if (['modelSettings', 'remotes', 'rollouts'].includes(name)) return [`${name}.<model>`];
      const isSection = name !== 'versionPolicy' && typeof value === 'object' && !Array.isArray(value);
      return isSection ? Object.keys(value).map((below) => `${name}.${below}`) : [name];
    });
    expect([...listed].sort()).toEqual(expected.sort());
  });

  it.each([
    { listen: { httpPort: null } },
    { repository: { mode: 'poll', pollIntervalMs: 1000 } },
    { versionPolicy: 'all' },
    { versionPolicy: { specific: ['3'] } },
    { remotes: { lung: { address: '[::1]:8001' } } },
    { tracing: { otlpEndpoint: 'https://collector.example/otlp' } },
  ])('may say %j', (document) => {
    expect(parse(document)).toEqual(document);
  });

  it('may begin with a byte-order mark', () => {
    expect(parseServerConfig(new Uint8Array([0xef, 0xbb, 0xbf, ...bytesOf({ serverName: 'x' })]), 'a.json')).toEqual({
      serverName: 'x',
    });
  });
});

describe('a wrong setting is refused with its name, what was expected and what came', () => {
  it.each([
    [
      { listen: { grpcPort: 70_000 } },
      'Field "/listen/grpcPort": expected a whole number from 0 to 65535, received 70000.',
    ],
    [
      { listen: { httpPort: 'off' } },
      'Field "/listen/httpPort": expected a whole number from 0 to 65535, or null, received "off".',
    ],
    [
      { listen: { grpcPort: 8500.5 } },
      'Field "/listen/grpcPort": expected a whole number from 0 to 65535, received 8500.5.',
    ],
    [{ listen: [] }, 'Field "/listen": expected an object, received a list of 0.'],
    [{ sharedMemory: 'yes' }, 'Field "/sharedMemory": expected true or false, received "yes".'],
    [
      { tracing: { otlpEndpoint: 'http://a', sampleRatio: 2 } },
      'Field "/tracing/sampleRatio": expected a number from 0 to 1, received 2.',
    ],
    [
      { repository: { mode: 'watch' } },
      'Field "/repository/mode": expected one of "none", "poll", "explicit", received "watch".',
    ],
    [{ models: [] }, 'Field "/models": expected a list of 1 to 64 entries, received a list of 0.'],
    [{ models: ['a', 'a'] }, 'Field "/models": expected entries that differ, received the same entry twice.'],
    [
      { versionPolicy: { newest: 2 } },
      'Field "/versionPolicy": expected "all", {"latest": 2} or {"specific": ["1.0.0"]}, received an object.',
    ],
    [
      { modelSettings: { heart: { versionPolicy: 'latest' } } },
      'Field "/modelSettings/heart/versionPolicy": expected "all", {"latest": 2} or {"specific": ["1.0.0"]}, received a text of 6 characters.',
    ],
    [
      { modelSettings: { Heart: {} } },
      'Field "/modelSettings": expected a model name: 1 to 64 of a-z, 0-9, - and _, a letter or digit at either end, received the name "Heart".',
    ],
    [{ remotes: { lung: {} } }, 'Field "/remotes/lung/address": expected a setting, received none.'],
    [
      { remotes: { lung: { address: 'http://gpu:8000/' } } },
      'Field "/remotes/lung/address": expected host:port, as in "127.0.0.1:8001", received a text of 16 characters.',
    ],
    [
      { limits: { maxBatchSize: null } },
      'Field "/limits/maxBatchSize": expected a whole number from 1 to 1024, received null.',
    ],
    [[], 'The document: expected an object, received a list of 0.'],
    ['models', 'The document: expected an object, received a text of 6 characters.'],
    [null, 'The document: expected an object, received null.'],
  ])('%j', (document, sentence) => {
    expect(refused(document)).toBe(`deephealth.config.json: ${sentence}`);
  });

  it('in its details too, for programs', () => {
    expect(refusal(bytesOf({ log: { level: 'loud' } })).details).toEqual({
      file: 'deephealth.config.json',
      field: '/log/level',
      expected: 'one of "debug", "info", "warn", "error"',
      received: '"loud"',
    });
  });

  it('and up to five problems at a time', () => {
    const limits = Object.fromEntries(Object.keys(everything.limits).map((name) => [name, -1]));
    const message = refused({ limits });
    expect(message.match(/Field "/g)).toHaveLength(5);
    expect(message).toMatch(/ And 5 more\.$/);
  });
});

describe('a setting that is not known is refused with the one that was meant', () => {
  it.each([
    [
      { limits: { memroyMiB: 1 } },
      'Field "/limits" holds "memroyMiB", which is not a setting. Did you mean "memoryMiB"?',
    ],
    [{ limits: { memory: 1 } }, 'Field "/limits" holds "memory", which is not a setting. Did you mean "memoryMiB"?'],
    [{ Models: ['a'] }, 'The document holds "Models", which is not a setting. Did you mean "models"?'],
    [{ grpcPort: 1 }, 'The document holds "grpcPort", which is not a setting. Did you mean "/listen/grpcPort"?'],
    [{ port: 1 }, 'The document holds "port", which is not a setting. Did you mean "/listen/grpcPort"?'],
    [
      { modelSettings: { heart: { limit: {} } } },
      'Field "/modelSettings/heart" holds "limit", which is not a setting. Did you mean "limits"?',
    ],
    [{ log: { rotate: 'x' } }, 'Field "/log" holds "rotate", which is not a setting. It may hold level.'],
  ])('%j', (document, sentence) => {
    expect(refused(document)).toBe(`deephealth.config.json: ${sentence}`);
  });

  it('also if it is one that JavaScript has a meaning for', () => {
    const text = '{"__proto__": {"serverName": "x"}, "constructor": 1, "modelSettings": {"__proto__": {}}}';
    const { message } = refusal(new TextEncoder().encode(text));
    expect(message).toContain('"__proto__"');
    expect(message).toContain('"constructor"');
    expect(message).toContain('Field "/modelSettings"');
  });
});

describe('a setting without effect is refused', () => {
  it.each([
    [{ repository: { load: ['heart'] } }, '/repository/load'],
    [{ repository: { mode: 'poll', load: ['heart'] } }, '/repository/load'],
    [{ repository: { pollIntervalMs: 1000 } }, '/repository/pollIntervalMs'],
    [{ tracing: { sampleRatio: 0.5 } }, '/tracing/sampleRatio'],
  ])('%j', (document, field) => {
    expect(refusal(bytesOf(document)).details.field).toBe(field);
    expect(refused(document)).toContain('has no effect unless');
  });
});

describe('a message', () => {
  it('shows no path and no address of the file, only how long they are', () => {
    const secrets = [
      '/home/someone/secret-store',
      'http://user:pass@collector/',
      'C:\\models',
      'token-in-a-wrong-place-0123456789',
    ];
    for (const secret of secrets) {
      for (const document of [
        { models: secret },
        { listen: { host: `${secret} ` } },
        { listen: { grpcPort: secret } },
        { tracing: { otlpEndpoint: `${secret}?x` } },
        { repository: { mode: secret } },
        { serverName: `${secret}\n` },
      ]) {
        const error = refusal(bytesOf(document));
        expect(error.message + JSON.stringify(error.details)).not.toContain(secret);
      }
    }
  });

  it.each([
    ['{"models": ["a"],}', 'is not JSON at line 1, column 18.'],
    ['{\n  "listen": {\n    "grpcPort": secret-word\n  }\n}', 'is not JSON at line 3, column 17.'],
    ['{ // ports\n}', 'is not JSON at line 1, column 3.'],
    ['', 'is not JSON at line 1, column 1.'],
  ])('of text that is not JSON tells where: %j', (text, says) => {
    const error = refusal(new TextEncoder().encode(text));
    expect(error.message).toContain(`deephealth.config.json ${says}`);
    expect(error.message).not.toContain('secret-word');
  });

  it('names bytes that are not UTF-8, and a file too large to be a configuration', () => {
    expect(refusal(new Uint8Array([0x7b, 0xff, 0x7d])).message).toMatch(/UTF-8/);
    expect(refusal(new Uint8Array(1024 * 1024 + 1)).message).toMatch(/1 MiB/);
  });
});

describe('a configuration file', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'deephealth-config-'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('starts relative model folders at its own folder and leaves absolute ones', async () => {
    const path = join(folder, 'server.json');
    writeFileSync(path, JSON.stringify({ models: ['models', '../other', '/srv/models'], serverName: 'x' }));
    expect(await loadServerConfig(path)).toEqual({
      models: [join(folder, 'models'), join(folder, '..', 'other'), '/srv/models'],
      serverName: 'x',
    });
  });

  it('that is not there, or is a folder, is refused by name and without its path', async () => {
    mkdirSync(join(folder, 'folder.json'));
    for (const name of ['absent.json', 'folder.json']) {
      const error = await loadServerConfig(join(folder, name)).catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({ code: 'DH_CONFIG_INVALID', details: { file: name } });
      expect((error as DeepHealthError).message).toContain(name);
      expect((error as DeepHealthError).message).not.toContain(folder);
    }
  });
});
