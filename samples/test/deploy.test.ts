import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseServerConfig, type RuntimeServer, startRuntimeServer } from '@deephealth/runtime';
import { ERROR_CODES } from '@deephealth/sdk';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';

const root = join(import.meta.dirname, '..', '..');
const deploy = join(root, 'samples', 'deploy');
const read = (...path: string[]) => readFileSync(join(deploy, ...path), 'utf8');
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
const help = (...command: string[]) =>
  execFileSync(process.execPath, [join(root, 'cli', 'bin', 'deephealth.mjs'), ...command, '--help'], {
    encoding: 'utf8',
  });

describe('a configuration that ships', () => {
  const configOf = (text: string) => parseServerConfig(Buffer.from(text), 'deephealth.config.json');

  it('is one, and asks for everything that production asks for', () => {
    const config = configOf(read('config', 'deephealth.config.json'));
    expect(config).toMatchObject({ profile: 'production', audit: { durable: true } });
    for (const section of ['tls', 'access', 'trust'] as const) expect(config[section], section).toBeDefined();
  });

  it('is the same for systemd and Kubernetes', () => {
    expect(read('kubernetes', 'deephealth.config.json')).toBe(read('config', 'deephealth.config.json'));
  });

  it('listens on the ports that the manifests name', () => {
    const { listen } = configOf(read('config', 'deephealth.config.json'));
    const ports = [listen?.grpcPort, listen?.httpPort];
    expect(ports).toEqual([8500, 8080]);
    const [set] = parseAllDocuments(read('kubernetes', 'stateful-set.yaml')).map((one) => one.toJS());
    const [{ ports: named }] = set.spec.template.spec.containers;
    expect(named.map(({ containerPort }: { containerPort: number }) => containerPort)).toEqual(ports);
    expect(/^EXPOSE (.*)$/m.exec(read('container', 'Containerfile'))?.[1]).toBe(ports.join(' '));
  });

  it('gets the files that it names from the volumes of Kubernetes', () => {
    const text = read('config', 'deephealth.config.json');
    const [set] = parseAllDocuments(read('kubernetes', 'stateful-set.yaml')).map((one) => one.toJS());
    const mounts: string[] = set.spec.template.spec.containers[0].volumeMounts.map(
      ({ mountPath }: { mountPath: string }) => mountPath,
    );
    const named = [...text.matchAll(/"(\/[^"]+)"/g)].map(([, path = '']) => path);
    expect(named.length).toBeGreaterThan(5);
    for (const path of named)
      expect(
        mounts.some((mount) => path.startsWith(mount)),
        path,
      ).toBe(true);
  });
});

describe('deployment files', () => {
  it('are of the version of the product', () => {
    expect(parse(read('helm', 'deephealth', 'Chart.yaml'))).toMatchObject({ version, appVersion: version });
    expect(parse(read('kubernetes', 'kustomization.yaml')).images).toMatchObject([{ newTag: version }]);
    expect(read('kserve', 'serving-runtime.yaml')).toContain(`/deephealth:${version}\n`);
  });

  it('name every manifest in the kustomization', () => {
    const { resources } = parse(read('kubernetes', 'kustomization.yaml')) as { resources: string[] };
    const files = readdirSync(join(deploy, 'kubernetes')).filter((file) => file.endsWith('.yaml'));
    expect([...resources, 'kustomization.yaml'].sort()).toEqual(files.sort());
  });

  it('use flags and commands that there are', () => {
    const serve = help('serve');
    const runtime = parse(read('kserve', 'serving-runtime.yaml'));
    const used: string[] = [
      ...runtime.spec.containers[0].args,
      ...[...read('systemd', 'deephealth.service').matchAll(/deephealth serve (.*)$/gm)].flatMap(([, args = '']) =>
        args.split(' '),
      ),
    ].filter((arg) => arg.startsWith('--'));
    expect(used).toContain('--config');
    for (const flag of used) expect(serve).toContain(`  ${flag}`);
    expect(read('container', 'Containerfile')).toContain('CMD ["deephealth", "health", "--timeout", "4"]');
    expect(help('health')).toContain('--timeout');
  });

  it('name variables of the environment that the commands read', () => {
    const names = [...read('systemd', 'environment').matchAll(/^(DEEPHEALTH_\w+)=/gm)].map(([, name]) => name);
    const source = readFileSync(join(root, 'cli', 'src', 'commands', 'server-credentials.ts'), 'utf8');
    const connection = readFileSync(join(root, 'cli', 'src', 'commands', 'connection.ts'), 'utf8');
    expect(names.length).toBeGreaterThan(1);
    for (const name of names) expect(source + connection).toContain(name);
  });

  it('give a server in Kubernetes more time to stop than it takes', () => {
    const { drainGraceMs = 10_000 } = parseServerConfig(
      Buffer.from(read('config', 'deephealth.config.json')),
      'config',
    );
    const [set] = parseAllDocuments(read('kubernetes', 'stateful-set.yaml')).map((one) => one.toJS());
    expect(set.spec.template.spec.terminationGracePeriodSeconds * 1000).toBeGreaterThan(2 * drainGraceMs);
    const [, seconds] = /^TimeoutStopSec=(\d+)$/m.exec(read('systemd', 'deephealth.service')) ?? [];
    expect(Number(seconds) * 1000).toBeGreaterThan(2 * drainGraceMs);
  });
});

describe('alarms and dashboard', () => {
  let folder: string;
  let server: RuntimeServer;
  let metrics: string;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'deephealth-deploy-'));
    mkdirSync(join(folder, 'models'));
    server = await startRuntimeServer({
      models: [join(folder, 'models')],
      port: 0,
      httpPort: 0,
      stateFolder: join(folder, 'state'),
      audit: { folder: join(folder, 'state', 'audit') },
    });
    await server.verified;
    metrics = await (await fetch(`http://127.0.0.1:${server.httpPort}/metrics`)).text();
  });
  afterAll(async () => {
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const dashboard = JSON.parse(read('grafana', 'deephealth.json'));
  const queries: string[] = dashboard.panels.flatMap(({ targets }: { targets: { expr: string }[] }) =>
    targets.map(({ expr }) => expr),
  );
  const variables: string[] = dashboard.templating.list.map(
    ({ definition = '' }: { definition?: string }) => definition,
  );

  it('ask for metrics that a server has', () => {
    const asked = [read('prometheus', 'rules.yaml'), ...queries, ...variables]
      .flatMap((text) => text.match(/\bdeephealth_\w+/g) ?? [])
      .map((name) => name.replace(/_bucket$/, ''));
    expect(new Set(asked).size).toBeGreaterThan(15);
    for (const name of new Set(asked)) expect(metrics).toMatch(new RegExp(`^# TYPE ${name} `, 'm'));
  });

  it('ask for quantiles of histograms alone', () => {
    const asked = [read('prometheus', 'rules.yaml'), ...queries].flatMap(
      (text) => text.match(/\bdeephealth_\w+(?=_bucket)/g) ?? [],
    );
    expect(asked.length).toBeGreaterThan(5);
    for (const name of asked) expect(metrics).toContain(`# TYPE ${name} histogram`);
  });

  it('name codes of the catalogue', () => {
    const codes = [...read('prometheus', 'rules.yaml').matchAll(/(?:code=~|reason=)"([A-Z_|]+)"/g)].flatMap(
      ([, names = '']) => names.split('|'),
    );
    expect(codes).toContain('MODEL_CRASHED');
    for (const code of codes) expect(ERROR_CODES).toContain(`DH_${code}`);
  });

  it('are asked for on paths that a server has, probes among them', async () => {
    const at = (path: string) => fetch(`http://127.0.0.1:${server.httpPort}${path}`);
    const probed = [...read('kubernetes', 'stateful-set.yaml').matchAll(/path: (\/\S+),/g)].map(
      ([, path = '']) => path,
    );
    expect(new Set(probed)).toEqual(new Set(['/v2/health/live', '/v2/health/ready']));
    for (const path of [...probed, parse(read('prometheus', 'scrape.yaml')).scrape_configs[0].metrics_path]) {
      expect((await at(path)).status, path).toBe(200);
    }
  });

  it('are written by the script that holds the panels', () => {
    const before = read('grafana', 'deephealth.json');
    expect(
      execFileSync(process.execPath, [join(deploy, 'grafana', 'make-dashboard.mjs'), '--stdout'], { encoding: 'utf8' }),
    ).toBe(before);
  });
});
