// What a hospital does with a server, in a network that is loopback alone: serves models and an adapter,
// asks over every protocol, and tells what the kernel counted of packets that had nowhere to go.
//   node work.mjs COMMAND STORE CONFIG ADAPTER_CONFIG | node work.mjs --planted tcp|dns|child
import { spawn } from 'node:child_process';
import { lookup } from 'node:dns/promises';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { createRuntimeClient } from '@deephealth/sdk';

const [first, ...rest] = process.argv.slice(2);

/** Packets and connections that found no way out, and datagrams, which on this machine would be questions for names. */
function attempts() {
  const columns = {};
  const lines = readFileSync('/proc/self/net/snmp', 'utf8').trim().split('\n');
  for (let at = 0; at < lines.length; at += 2) {
    const [kind, ...names] = lines[at].split(' ');
    const values = lines[at + 1].split(' ').slice(1);
    for (const [index, name] of names.entries()) columns[`${kind}${name}`] = Number(values[index]);
  }
  for (const line of readFileSync('/proc/self/net/snmp6', 'utf8').trim().split('\n')) {
    const [name, value] = line.split(/\s+/);
    columns[name] = Number(value);
  }
  const counted = ['Ip:OutNoRoutes', 'Ip6OutNoRoutes', 'Udp:OutDatagrams', 'Udp:NoPorts', 'Udp6OutDatagrams'];
  return Object.fromEntries(counted.map((name) => [name, columns[name] ?? 0]));
}

const dial = () => new Promise((resolve) => connect(443, '192.0.2.1').once('error', resolve).once('connect', resolve));

async function printed(child, pattern) {
  let text = '';
  for await (const chunk of child.stdout) {
    text += chunk;
    const found = pattern.exec(text);
    if (found !== null) return text;
  }
  throw new Error(`it ended: ${text}`);
}

async function work(command, store, config, adapterConfig) {
  const server = spawn(
    process.execPath,
    [
      ...[command, 'serve', '--config', config, '--models', store, '--port', '0', '--http-port', '0'],
      ...['--adapter', 'clinical-decision-support', '--adapter-port', '0', '--adapter-config', adapterConfig],
    ],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const told = await printed(server, /Ready on \S+/);
  server.stdout.resume();
  const address = /Ready on (\S+)/.exec(told)[1];
  const http = /HTTP on (\S+)/i.exec(told)?.[1] ?? /(http:\/\/127\.0\.0\.1:\d+)(?!\/cds)/.exec(told)?.[1];
  const cds = /CDS Hooks on (\S+)\/cds-services/.exec(told)[1];
  const client = createRuntimeClient({ address });
  const tensor = {
    dataType: 'DATA_TYPE_FP32',
    shape: ['1', '4'],
    data: Buffer.from(Float32Array.of(1, 2, 3, 4).buffer),
  };
  const done = { findings: 0, http: 0, services: 0, refused: 0 };
  for (let i = 0; i < 3; i++) {
    const { findings } = await client.predict({ modelName: 'identity', inputs: [{ name: 'x', tensor }] });
    done.findings += findings.length;
  }
  const answer = await fetch(`${http.startsWith('http') ? http : `http://${http}`}/v2/models/identity/infer`, {
    method: 'POST',
    body: JSON.stringify({ inputs: [{ name: 'x', datatype: 'FP32', shape: [1, 4], data: [1, 2, 3, 4] }] }),
  });
  done.http = answer.status;
  const { services } = await (await fetch(`${cds}/cds-services`)).json();
  done.services = services.length;
  done.refused = (
    await fetch(`${cds}/cds-services/${services[0].id}`, {
      method: 'POST',
      body: '{}',
      headers: { 'content-type': 'application/json' },
    })
  ).status;
  client.close();
  const ended = new Promise((resolve) => server.once('exit', resolve));
  server.kill('SIGTERM');
  await ended;
  return done;
}

async function planted(kind) {
  if (kind === 'tcp') await dial();
  if (kind === 'dns') await lookup('telemetry.example').catch(() => undefined);
  if (kind === 'child') {
    const code = `require('net').connect(443, '192.0.2.1').on('error', () => undefined)`;
    await new Promise((resolve) => spawn(process.execPath, ['-e', code]).once('exit', resolve));
  }
  return { kind };
}

const before = attempts();
const done = first === '--planted' ? await planted(rest[0]) : await work(first, ...rest);
const after = attempts();
const tried = Object.fromEntries(Object.entries(after).map(([name, value]) => [name, value - before[name]]));
process.stdout.write(`${JSON.stringify({ done, tried })}\n`);
process.exit(0);
