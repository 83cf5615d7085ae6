// The demonstration behind `npm start`: serves the sample models, sends the sample inputs through the gRPC
// contract, prints what a platform would receive, and stays up.
import { readdir } from 'node:fs/promises';
import { basename, extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { formatFinding, formatTable, shortDigest } from '@deephealth/cli';
import { createJsonLog, describeAccelerator, type RuntimeServer, startRuntimeServer } from '@deephealth/runtime';
import { createRuntimeClient, DeepHealthError, type RuntimeClient, readInputFile } from '@deephealth/sdk';

const samples = fileURLToPath(new URL('..', import.meta.url));
const { values: options } = parseArgs({
  options: {
    once: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    port: { type: 'string' },
  },
});

const say = (text: string) => process.stderr.write(`${text}\n`);

async function main(): Promise<void> {
  const server = await start();
  let isStopping = false;
  const stopped = new Promise<void>((resolve) => {
    // Ctrl-C reaches this process twice under npm start: from the terminal and from the script.
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      process.on(signal, () => {
        if (!isStopping) say('Stopping ...');
        isStopping = true;
        server.stop().then(resolve);
      });
    }
  });
  say(describeAccelerator());
  say('Verifying the sample models (digests, graph, golden cases) ...');
  await server.verified;
  if (isStopping) return stopped;
  const client = createRuntimeClient({ address: server.address });
  try {
    await client.connect();
    await demonstrate(client, server);
  } catch (error) {
    await server.stop();
    if (isStopping) return;
    throw error;
  } finally {
    client.close();
  }
  if (options.once) return server.stop();
  say(`\nServing on ${server.address}. Try: npx deephealth models --address ${server.address}\nCtrl-C stops.`);
  await stopped;
}

/** The usual port if it is free and we stay up; any free one otherwise. */
async function start(): Promise<RuntimeServer> {
  const settings = { models: [join(samples, 'models')], log: createJsonLog('warn') };
  if (options.port !== undefined) return startRuntimeServer({ ...settings, port: Number(options.port) });
  if (options.once) return startRuntimeServer({ ...settings, port: 0 });
  try {
    return await startRuntimeServer(settings);
  } catch (error) {
    if (!(error instanceof DeepHealthError) || error.code !== 'DH_PORT_IN_USE') throw error;
    say('Port 8500 is in use; taking a free one.');
    return startRuntimeServer({ ...settings, port: 0 });
  }
}

async function demonstrate(client: RuntimeClient, server: RuntimeServer): Promise<void> {
  const results = [];
  for (const model of await client.listModels()) {
    if (model.state !== 'MODEL_STATE_READY') {
      process.exitCode = 1;
      say(
        `Model ${model.name} ${model.version} was refused: DH_${model.stateReason?.reason}: ${model.stateReason?.message}`,
      );
      continue;
    }
    const descriptor = await client.getModel(model.name, model.version);
    const folder = join(samples, 'inputs', model.name);
    for (const file of (await readdir(folder)).sort()) {
      const inputs = await readInputFile(join(folder, file), descriptor);
      const requestId = basename(file, extname(file));
      const response = await client.predict({ modelName: model.name, modelVersion: model.version, requestId, inputs });
      results.push({ input: `${model.name}/${file}`, response });
    }
  }
  if (options.json) {
    process.stdout.write(`${JSON.stringify({ address: server.address, results }, null, 2)}\n`);
    return;
  }
  const rows = results.flatMap(({ input, response }) =>
    response.findings.map((finding) => {
      const { finding: text, value, threshold } = formatFinding(finding);
      const p = response.provenance;
      const ms = (Number(p?.timings?.totalUs ?? 0) / 1000).toFixed(1);
      return [input, text, value, threshold, p?.modelVersion ?? '', shortDigest(p?.packageSha256 ?? ''), `${ms} ms`];
    }),
  );
  process.stdout.write(
    `\n${formatTable(['INPUT', 'FINDING', 'PROBABILITY', 'THRESHOLD', 'VERSION', 'PACKAGE', 'TIME'], rows)}\n`,
  );
  const warnings = new Set(
    results.flatMap(({ input, response }) =>
      response.warnings.map((w) => (w.field ? `${input}: ${w.message}` : w.message)),
    ),
  );
  process.stdout.write(`\n${[...warnings].map((w) => `Note: ${w}`).join('\n')}\n`);
}

try {
  await main();
} catch (thrown) {
  const error = DeepHealthError.from(thrown);
  say(`${error.code}: ${error.message}`);
  if (error.cause instanceof Error && error.code === 'DH_INTERNAL') say(String(error.cause.stack));
  process.exitCode = 1;
}
