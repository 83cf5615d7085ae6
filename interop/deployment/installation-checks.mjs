// An installation in a plain folder: by install.sh from packed packages, started by the lines of the unit of systemd
// and of the container file, with the configuration that ships. Only places and ports are others.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { connect } from 'node:tls';
import { packPackages } from '../../packaging/pack-packages.mjs';
import { expectEqual, expectTrue } from '../check-report.mjs';
import { freePorts } from '../free-ports.mjs';
import { LOOPBACK_ENVIRONMENT } from '../loopback-environment.mjs';
import { lastLines, runProcess } from '../run-process.mjs';

const INSTALL_LIMIT_MS = 600_000;
const LIMIT_MS = 120_000;
const SAMPLE = 'heart-disease-risk';
const COMMAND = '/opt/deephealth/current/node_modules/.bin/deephealth';

export async function installationChecks({ root, files, scratch }, check) {
  const place = (path) => join(scratch, 'machine', path);
  const packages = place('packages');
  for (const path of ['packages', 'etc/deephealth/tls', 'etc/deephealth/access', 'etc/deephealth/trust', 'models']) {
    mkdirSync(place(path), { recursive: true });
  }
  const container = readFileSync(join(files, 'container', 'Containerfile'), 'utf8');
  const unit = readFileSync(join(files, 'systemd', 'deephealth.service'), 'utf8');
  const moved = (text) =>
    text
      .replaceAll('/opt/deephealth', place('opt/deephealth'))
      .replaceAll('/etc/deephealth', place('etc/deephealth'))
      .replaceAll('/var/lib/deephealth/models', place('models'))
      .replaceAll('/var/lib/deephealth', place('var/lib/deephealth'))
      .replaceAll('/packages', packages)
      .replaceAll('/install.sh', join(files, 'install.sh'));
  const command = moved(COMMAND);
  const deephealth = (args, env = {}) =>
    runProcess(command, args, { limitMs: LIMIT_MS, cwd: scratch, env: { ...LOOPBACK_ENVIRONMENT, ...env } });

  await check('the packages are packed', async () => {
    const { packages: packed } = await packPackages(root, packages);
    expectTrue(
      'the command is among them',
      packed.some(({ name }) => name === '@deephealth/cli'),
    );
  });
  await check('the line of the container file installs them into a folder', async () => {
    const [, line] = /^RUN (sh \/install\.sh .*)$/m.exec(container) ?? [];
    const { code, stdout, stderr } = await runProcess('sh', ['-c', moved(line)], { limitMs: INSTALL_LIMIT_MS });
    expectEqual(lastLines(stderr), code, 0);
    expectTrue('says where', /^DeepHealth SDK \S+ is in /m.test(stdout));
  });
  await check('the same version is not installed over itself, and a package that was changed not at all', async () => {
    const again = ['--packages', packages, '--prefix', place('opt/deephealth')];
    const twice = await runProcess('sh', [join(files, 'install.sh'), ...again], { limitMs: LIMIT_MS });
    expectEqual('exit code', [twice.code, /installed already/.test(twice.stderr)], [1, true]);
    writeFileSync(join(packages, 'SHA256SUMS'), `${'0'.repeat(64)}  deephealth-cli-0.1.0.tgz\n`);
    const elsewhere = ['--packages', packages, '--prefix', place('elsewhere')];
    const changed = await runProcess('sh', [join(files, 'install.sh'), ...elsewhere], { limitMs: LIMIT_MS });
    expectEqual('exit code', [changed.code, /not what SHA256SUMS says/.test(changed.stderr)], [1, true]);
  });

  const [grpcPort, httpPort] = await freePorts(2);
  const address = `127.0.0.1:${grpcPort}`;
  const ca = await writeIdentities(place);
  const client = {
    DEEPHEALTH_ADDRESS: address,
    DEEPHEALTH_TLS_CA: place('etc/deephealth/tls/ca.crt'),
    DEEPHEALTH_TLS_NAME: 'deephealth',
    DEEPHEALTH_TOKEN_FILE: place('clinician.key'),
  };
  await check('a signed package, a key and the configuration that ships are laid out', async () => {
    cpSync(join(root, 'samples', 'models', SAMPLE), place(`models/${SAMPLE}`), { recursive: true });
    const key = place('vendor.key');
    const trusted = place('etc/deephealth/trust/keys.json');
    const access = place('etc/deephealth/access/keys.json');
    await said(deephealth, ['key', 'new', key]);
    await said(deephealth, ['key', 'trust', trusted, `${key}.pub.pem`, '--name', 'Vendor']);
    await said(deephealth, ['sign', join(place(`models/${SAMPLE}`), '1.0.0'), '--key', key]);
    const made = await said(deephealth, [
      'access',
      'key',
      '--id',
      'ward',
      '--role',
      'clinician',
      '--file',
      access,
      '--json',
    ]);
    writeFileSync(client.DEEPHEALTH_TOKEN_FILE, JSON.parse(made).key);
    const config = JSON.parse(moved(readFileSync(join(files, 'config', 'deephealth.config.json'), 'utf8')));
    config.listen = { host: '127.0.0.1', grpcPort, httpPort };
    writeFileSync(place('etc/deephealth/deephealth.config.json'), JSON.stringify(config));
  });

  const lineOf = (setting) => moved(new RegExp(`^${setting}=(.*)$`, 'm').exec(unit)?.[1] ?? '').split(' ');
  await check('the line before the start takes the configuration', () => ends(lineOf('ExecStartPre'), place));
  const server = start(lineOf('ExecStart'), place('var/lib/deephealth'));
  try {
    await check('the server that the unit starts takes requests', async () => {
      const [, health] = /HEALTHCHECK .* CMD (\[.*\])$/m.exec(container) ?? [];
      const [program, ...args] = JSON.parse(health);
      expectEqual('program', program, 'deephealth');
      const end = Date.now() + LIMIT_MS;
      let last = await deephealth(args, client);
      while (last.code !== 0 && Date.now() < end && server.exitCode === null) {
        await delay(500);
        last = await deephealth(args, client);
      }
      expectEqual(lastLines(last.stderr + server.log()), [last.code, last.stdout.trim()], [0, 'SERVING']);
    });
    await check('a clinician with a key gets a finding, and nobody without one', async () => {
      const input = join(root, 'samples', 'inputs', SAMPLE, 'high-risk.json');
      const { findings } = JSON.parse(await said(deephealth, ['predict', SAMPLE, input, '--json'], client));
      expectEqual('findings', findings.length, 1);
      const without = await deephealth(['predict', SAMPLE, input], { ...client, DEEPHEALTH_TOKEN_FILE: '' });
      expectEqual('exit code', [without.code, /DH_UNAUTHENTICATED/.test(without.stderr)], [1, true]);
    });
    await check('HTTP answers health with TLS, as the probes of Kubernetes ask it', async () => {
      expectEqual('subject', (await peerCertificate(httpPort, ca)).subject.CN, 'deephealth');
    });
    await check('a renewed certificate is used without a restart', async () => {
      const before = (await peerCertificate(httpPort, ca)).fingerprint256;
      await writeIdentities(place, ca);
      const end = Date.now() + LIMIT_MS;
      while ((await peerCertificate(httpPort, ca)).fingerprint256 === before && Date.now() < end) await delay(500);
      expectTrue('another certificate', (await peerCertificate(httpPort, ca)).fingerprint256 !== before);
    });
    await check('it stops within the time of the unit, with its audit log whole', async () => {
      const [, seconds] = /^TimeoutStopSec=(\d+)$/m.exec(unit) ?? [];
      server.child.kill(/^KillSignal=(.*)$/m.exec(unit)?.[1]);
      expectEqual('exit code', await server.ended(Number(seconds) * 1000), 0);
      const verified = await said(deephealth, [
        'audit',
        'verify',
        '--folder',
        place('var/lib/deephealth/state'),
        '--json',
      ]);
      expectEqual('whole', JSON.parse(verified).isValid, true);
    });
  } finally {
    server.child.kill('SIGKILL');
  }
}

/** The server's certificate of an authority, renewed where there is one. Gives the authority. */
async function writeIdentities(place, known) {
  const { makeCertificate } = await import('@deephealth/sdk/testing');
  const authority = known ?? makeCertificate({ name: 'hospital', isAuthority: true });
  const { certificate, key } = makeCertificate({
    name: 'deephealth',
    issuer: authority,
    hosts: ['deephealth', '127.0.0.1'],
  });
  writeFileSync(place('etc/deephealth/tls/ca.crt'), authority.certificate);
  for (const [file, bytes] of [
    ['tls.key', key],
    ['tls.crt', certificate],
  ]) {
    // As a secret of Kubernetes is renewed: whole, or not at all.
    writeFileSync(place(`etc/deephealth/tls/.${file}`), bytes, { mode: 0o600 });
    renameSync(place(`etc/deephealth/tls/.${file}`), place(`etc/deephealth/tls/${file}`));
  }
  return authority;
}

/** What a client of HTTP sees, once `/v2/health/ready` has answered 200. */
async function peerCertificate(port, { certificate }) {
  const socket = connect({ port, host: '127.0.0.1', ca: certificate, servername: 'deephealth' });
  try {
    await once(socket, 'secureConnect');
    socket.end('GET /v2/health/ready HTTP/1.1\r\nHost: deephealth\r\nConnection: close\r\n\r\n');
    const seen = socket.getPeerCertificate();
    const [first] = await once(socket, 'data');
    expectEqual('status', first.toString().split(' ')[1], '200');
    return seen;
  } finally {
    socket.destroy();
  }
}

function start([program, ...args], cwd) {
  mkdirSync(cwd, { recursive: true });
  const child = spawn(program, args, {
    cwd,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...LOOPBACK_ENVIRONMENT },
  });
  let log = '';
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => (log += text));
  const exited = new Promise((resolve) => child.once('exit', (code, signal) => resolve(code ?? signal)));
  child.once('error', (error) => (log += error.message));
  return {
    child,
    log: () => log,
    get exitCode() {
      return child.exitCode;
    },
    ended: (limitMs) => Promise.race([exited, delay(limitMs, 'not ended in time', { ref: false })]),
  };
}

async function ends([program, ...args], place) {
  const { code, stdout, stderr } = await runProcess(program, args, { limitMs: LIMIT_MS, cwd: place('') });
  expectEqual(lastLines(stdout + stderr), code, 0);
}

async function said(deephealth, args, env) {
  const { code, stdout, stderr } = await deephealth(args, env);
  expectEqual(lastLines(stdout + stderr), code, 0);
  return stdout;
}
