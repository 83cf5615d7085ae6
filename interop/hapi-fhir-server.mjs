// HAPI FHIR as a server for FHIR R4 in a process of its own, built by Maven from hapi_fhir/.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { javaCommand, requireMaven, runMaven } from './build-tools.mjs';
import { builtCopy } from './built-copy.mjs';
import { peerFolder } from './peer-folder.mjs';
import { lastLines } from './run-process.mjs';

const START_LIMIT_MS = 180_000;
const STOP_LIMIT_MS = 20_000;
// The first that is judged waits until HAPI has read all definitions of FHIR.
const REQUEST_LIMIT_MS = 180_000;

/** Gives the words of the command that starts it. */
export async function installHapi(root, name) {
  await requireMaven();
  const places = { source: join(root, 'interop', 'hapi_fhir'), folder: join(peerFolder(root, name), 'server') };
  return javaCommand(await builtCopy(places, runMaven), 'interop.FhirServer');
}

/** Gives { baseUrl, stop() }; `stop` gives the exit code. Throws if the server ends or says nothing in time. */
export async function startHapi([command, ...args]) {
  const server = spawn(command, args, { stdio: ['pipe', 'pipe', 'pipe'] });
  const killWithUs = () => server.kill('SIGKILL');
  process.once('exit', killWithUs);
  let log = '';
  server.stderr.setEncoding('utf8').on('data', (text) => {
    log += text;
  });
  // It may end before its input is closed.
  server.stdin.on('error', () => undefined);
  const ended = once(server, 'exit').then(([code, signal]) => {
    process.off('exit', killWithUs);
    return code ?? signal;
  });
  const limit = new AbortController();
  try {
    const baseUrl = await Promise.race([
      once(createInterface({ input: server.stdout }), 'line').then(([line]) => line),
      ended.then((code) => {
        throw new Error(`HAPI ended with ${code} before it was ready:\n${lastLines(log)}`);
      }),
      delay(START_LIMIT_MS, undefined, { signal: limit.signal }).then(() => {
        throw new Error(`HAPI was not ready after ${START_LIMIT_MS / 1000} s:\n${lastLines(log)}`);
      }),
    ]);
    return { baseUrl, stop: () => stop(server, ended) };
  } catch (error) {
    server.kill('SIGKILL');
    throw error;
  } finally {
    limit.abort();
  }
}

async function stop(server, ended) {
  server.stdin.end();
  const limit = new AbortController();
  const overdue = delay(STOP_LIMIT_MS, undefined, { signal: limit.signal }).then(
    () => server.kill('SIGKILL'),
    () => undefined,
  );
  const code = await ended;
  limit.abort();
  await overdue;
  return code;
}

/** Requests to HAPI's base URL. */
export class HapiClient {
  #baseUrl;

  constructor(baseUrl) {
    this.#baseUrl = baseUrl;
  }

  /** Gives { status, resource }. */
  async ask(method, path, body) {
    const response = await fetch(`${this.#baseUrl}/${path}`, {
      method,
      headers: { accept: 'application/fhir+json', 'content-type': 'application/fhir+json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(REQUEST_LIMIT_MS),
    });
    return { status: response.status, resource: await response.json() };
  }

  async read(reference) {
    const { status, resource } = await this.ask('GET', reference);
    if (status !== 200) throw new Error(`HAPI answers ${status} to GET ${reference}`);
    return resource;
  }

  /** The resources that a search finds. */
  async search(query) {
    const { entry = [] } = await this.read(query);
    return entry.map(({ resource }) => resource);
  }

  async put(resource) {
    const { status, resource: answer } = await this.ask('PUT', `${resource.resourceType}/${resource.id}`, resource);
    if (status !== 201) throw new Error(`HAPI answers ${status}: ${errorsOf(answer).join('; ')}`);
  }

  /** What HAPI's validator says against it: { error, warning, information }, each a list of texts. */
  async problemsOf(resource) {
    const { resource: outcome } = await this.ask('POST', `${resource.resourceType}/$validate`, resource);
    return issuesOf(outcome);
  }
}

/** The errors of an OperationOutcome. */
export const errorsOf = (outcome) => issuesOf(outcome).error;

function issuesOf({ issue = [] }) {
  const texts = { error: [], warning: [], information: [] };
  for (const { severity, diagnostics, location = [] } of issue) {
    texts[severity === 'fatal' ? 'error' : severity].push(`${location[0] ?? ''}: ${diagnostics}`);
  }
  return texts;
}
