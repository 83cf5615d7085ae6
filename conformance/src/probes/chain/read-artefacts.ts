import { createHash } from 'node:crypto';
import { TargetFailure } from '../../run/case-result.js';
import { type ChainFaces, OGC, type Question, WES } from './chain-faces.js';

export const SUMS = 'SHA256SUMS';
export const RESULTS = 'results.ndjson';

/** A line of results.ndjson, as far as the suite reads it. */
export interface ItemResult {
  readonly item?: string;
  readonly inputSha256?: string;
  readonly status?: string;
  readonly error?: { readonly code?: string; readonly message?: string };
  readonly model?: { readonly name?: string; readonly packageSha256?: string };
  readonly findings?: readonly unknown[];
  readonly files?: readonly { readonly path?: string; readonly sha256?: string; readonly mediaType?: string }[];
}

/** What came of a run, read and held to its own digests. */
export interface Artefacts {
  readonly sums: string;
  /** By their paths, all that SHA256SUMS names. */
  readonly files: ReadonlyMap<string, Buffer>;
  readonly results: readonly ItemResult[];
  /** All addresses that the outputs lead to, absolute. */
  readonly links: readonly string[];
  /** What stands before a path. */
  readonly base: string;
}

/** What the outputs of a run lead to over WES. */
export async function artefactsOfRun(faces: ChainFaces, run: string): Promise<Artefacts> {
  const { outputs } = await faces.log(run);
  return read(faces, outputs, new URL(`${WES}/runs/${run}`, faces.target.url()));
}

/** The same over OGC. */
export async function artefactsOfJob(faces: ChainFaces, job: string): Promise<Artefacts> {
  const path = `${OGC}/jobs/${job}/results`;
  return read(faces, await faces.read<unknown>(path), new URL(path, faces.target.url()));
}

async function read(faces: ChainFaces, outputs: unknown, from: URL): Promise<Artefacts> {
  const links = linksOf(outputs).map((link) => new URL(link, from).href);
  const sumsAt = links.find((link) => pathOf(link).endsWith(`/${SUMS}`));
  if (sumsAt === undefined) throw new TargetFailure(`the outputs do not lead to ${SUMS}`);
  const base = sumsAt.slice(0, sumsAt.lastIndexOf(SUMS));
  if (!links.includes(`${base}${RESULTS}`)) throw new TargetFailure(`the outputs do not lead to ${RESULTS}`);
  const sums = (await fetched(faces, sumsAt)).toString('utf8');
  const files = new Map<string, Buffer>();
  for (const line of sums.split('\n').filter((one) => one !== '')) {
    const [, digest = '', path = ''] = /^([0-9a-f]{64}) [ *](.+)$/.exec(line) ?? [];
    if (path === '') throw new TargetFailure(`${SUMS} has a line that is none`);
    const bytes = await fetched(faces, `${base}${path.split('/').map(encodeURIComponent).join('/')}`);
    if (createHash('sha256').update(bytes).digest('hex') !== digest) {
      throw new TargetFailure(`${path} has another digest than ${SUMS} says`);
    }
    files.set(path, bytes);
  }
  const results = files.get(RESULTS);
  if (results === undefined) throw new TargetFailure(`${SUMS} does not name ${RESULTS}`);
  return { sums, files, results: linesOf(results), links, base };
}

function linesOf(results: Buffer): ItemResult[] {
  const lines = results.toString('utf8').split('\n');
  if (lines.pop() !== '') throw new TargetFailure(`${RESULTS} does not end with a line feed`);
  return lines.map((line) => {
    try {
      return JSON.parse(line) as ItemResult;
    } catch {
      throw new TargetFailure(`${RESULTS} has a line that is no JSON`);
    }
  });
}

/** An artefact, for the tenant that it belongs to. */
export async function fetched(faces: ChainFaces, link: string, question: Question = {}): Promise<Buffer> {
  const own = new URL(faces.target.url());
  const { host, pathname, search } = new URL(link);
  if (host !== own.host) throw new TargetFailure('the outputs lead to another host than the service');
  const { status, body } = await faces.ask('GET', `${pathname}${search}`, question);
  if (status !== 200) throw new TargetFailure(`an artefact: expected status 200, got ${status}`);
  return body;
}

const pathOf = (link: string): string => new URL(link).pathname;

/** Addresses in an object of CWL or OGC, wherever they stand. */
export function linksOf(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, one]) =>
    (name === 'location' || name === 'href') && typeof one === 'string' ? [one] : linksOf(one),
  );
}
