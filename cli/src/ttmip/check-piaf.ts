import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import {
  type ChainBinding,
  type ItemResult,
  PROCESSING_CHAIN_BINDING,
  parseBinding,
  toItemFindings,
} from '@deephealth/adapter-piaf';
import type { runtimeV1 } from '@deephealth/proto';
import { DeepHealthError } from '@deephealth/sdk';
import type { CheckSession } from './check-session.js';
import { directSlide } from './direct-slide.js';
import type { AddedSample, PlatformAnswer } from './platform-check.js';
import { ask, askJson } from './platform-request.js';

interface RunStatus {
  readonly state: string;
}

const POLL_MS = 100;
const RUN_LIMIT_MS = 240_000;
const ENDED = new Set(['COMPLETE', 'EXECUTOR_ERROR', 'SYSTEM_ERROR', 'CANCELED', 'PREEMPTED']);
/** A slide that is made of the sample. */
const SLIDE_TYPE = 'image/tiff';

/** Runs a chain over the sample by WES, and compares the results with what the contract says. */
export async function checkPiaf(session: CheckSession, url: string, sample: AddedSample): Promise<PlatformAnswer> {
  const { manifest, packageFolder } = session;
  const binding = parseBinding(await readFile(join(packageFolder, PROCESSING_CHAIN_BINDING), 'utf8'), manifest);
  const chain = chainFor(binding.chains, sample);
  const id = `${manifest.name}/${manifest.version}/${chain.label}`;
  if (chain.item.kind === 'slide') {
    const slide = await directSlide(session, sample, chain.formats ?? ['geojson', 'crs4']);
    const result = await runChain(url, id, await readFile(slide.path), 'slide.tif', SLIDE_TYPE);
    const digests = new Map(slide.files.map(({ name, bytes }) => [name, sha256(bytes)]));
    const wrong = result.files.filter(({ path, sha256: digest }) => {
      const own = digests.get(basename(path));
      return own !== undefined && own !== digest;
    });
    const none = result.files.some(({ path }) => digests.has(basename(path)))
      ? []
      : ['the run gave none of the files of the slide'];
    return {
      differences: [
        ...statusOf(result),
        ...none,
        ...wrong.map(({ name }) => `the ${name} of the run is another one than the model gives`),
      ],
      shown: `${result.status}; ${slide.shown}`,
    };
  }
  const expected = await session.predict(await session.inputsOf(sample));
  const file = await session.sampleFile(sample);
  const mediaType = sample.values === undefined ? sample.mediaType : 'application/json';
  const result = await runChain(url, id, await readFile(file), basename(file), mediaType);
  return {
    differences: [...statusOf(result), ...(await findingDifferences(result, expected))],
    shown: shownOf(result),
  };
}

function chainFor(chains: readonly ChainBinding[], sample: AddedSample): ChainBinding {
  const type = sample.values === undefined ? sample.mediaType : 'application/json';
  const found =
    chains.find(({ item }) => item.kind === 'file' && (item.mediaTypes as readonly string[]).includes(type)) ??
    chains.find(({ item }) => item.kind === 'slide' && type.startsWith('image/'));
  if (found !== undefined) return found;
  const taken = [...new Set(chains.flatMap(({ item }) => item.mediaTypes))].join(', ');
  throw new DeepHealthError(
    'DH_MEDIA_TYPE_UNSUPPORTED',
    `No chain of the package takes a file of ${type}; they take ${taken}.`,
  );
}

/** A run of one item, to its end. */
async function runChain(url: string, chain: string, bytes: Buffer, name: string, type: string): Promise<ItemResult> {
  const wes = `${url}/ga4gh/wes/v1/runs`;
  const form = new FormData();
  form.set('workflow_type', 'CWL');
  form.set('workflow_type_version', 'v1.2');
  form.set('workflow_url', chain);
  form.set('workflow_params', JSON.stringify({ studies: [{ class: 'File', location: name }] }));
  form.set('workflow_attachment', new Blob([new Uint8Array(bytes)], { type }), name);
  const { run_id: run } = await askJson<{ run_id: string }>(wes, { method: 'POST', body: form });
  const end = performance.now() + RUN_LIMIT_MS;
  for (;;) {
    const { state } = await askJson<RunStatus>(`${wes}/${run}/status`);
    if (state === 'COMPLETE') break;
    if (ENDED.has(state) || performance.now() > end) {
      throw new DeepHealthError(
        'DH_PLATFORM_REFUSED',
        `The run of the chain ended as ${state}: ${await whyOf(wes, run)}`,
      );
    }
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  const lines = await (await ask(`${wes}/${run}/artefacts/results.ndjson`)).text();
  return JSON.parse(lines.split('\n')[0] ?? '') as ItemResult;
}

async function whyOf(wes: string, run: string): Promise<string> {
  const { run_log: log } = await askJson<{ run_log?: { system_logs?: string[] } }>(`${wes}/${run}`);
  return (log?.system_logs ?? []).join('; ');
}

async function findingDifferences(result: ItemResult, response: runtimeV1.PredictResponse__Output): Promise<string[]> {
  const own = await toItemFindings(response, async (name, bytes, mediaType) => ({
    ...{ path: `files/${result.item}/${name}`, mediaType, name, size: bytes.length, sha256: sha256(bytes) },
  }));
  const parts = ['findings', 'warnings', 'model', 'files'] as const;
  return parts
    .filter((part) => !isDeepStrictEqual(toPlain(result[part]), toPlain(own[part])))
    .map((part) => `the ${part} of the run are others than those of the model`);
}

const toPlain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));
const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

function statusOf({ status, error }: ItemResult): string[] {
  return status === 'predicted' ? [] : [`the item was refused (${error?.code}): ${error?.message}`];
}

function shownOf({ status, findings }: ItemResult): string {
  const said = (findings as readonly { name: string; classification?: { decision?: string[] } }[]).map(
    ({ name, classification }) => (classification ? `${name}: ${classification.decision?.join(', ') || 'none'}` : name),
  );
  return `${status}; ${said.join('; ')}`;
}
