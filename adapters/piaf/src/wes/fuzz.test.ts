import { readFile } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { DeepHealthError, FileRefusal, parseManifest } from '@deephealth/sdk';
import { type FuzzOptions, fuzzParser, fuzzTimeoutMs, mutateJson, niftiFile, pngFile } from '@deephealth/sdk/testing';
import { describe, expect, it } from 'vitest';
import { parseExitFile } from '../backends/slurm/exit-file.js';
import { parseJobCompletion, parseSacct, parseSacctNames } from '../backends/slurm/parse-history.js';
import { parseSqueue, parseSqueueNames } from '../backends/slurm/parse-squeue.js';
import { parseLimits } from '../backends/slurm/slurm-command-line.js';
import { parseHandle } from '../backends/slurm/slurm-handle.js';
import { parseBinding } from '../bindings/parse-binding.js';
import { parseCallbackHosts } from '../http/callback-hosts.js';
import { parseExecuteRequest } from '../ogc/execute-request.js';
import { readLabelMap } from '../report/read-label-map.js';
import type { Upload } from '../runs/run-service.js';
import { parseChecksum } from '../steps/checksum.js';
import { servedChain } from '../testing/served-chains.js';
import { parsePlainForm, type RunForm, readRunForm } from './read-run-form.js';
import { parseRunRequest } from './run-request.js';

const USUAL = 80;
const LIMITS = { maxUploadBytes: 2 ** 20, maxDocumentBytes: 2 ** 16, maxFiles: 10 };
const chain = servedChain();
const roots = [{ name: 'studies', folder: '/srv/studies' }];
const SAMPLE = new URL('../../../../samples/models/ecg-beat/1.0.0/', import.meta.url);

const params = {
  studies: [
    { class: 'File', location: 'DOE^JANE.dcm' },
    { class: 'File', location: 'root:studies/ward 7', checksum: `sha256$${'a'.repeat(64)}` },
  ],
  threshold: 0.5,
};
const fields = {
  ...{ workflow_type: 'CWL', workflow_type_version: 'v1.2', workflow_url: chain.id },
  ...{ workflow_params: JSON.stringify(params), tags: '{"study":"a"}', workflow_engine: 'deephealth' },
};
const multipart = Buffer.from(
  `${Object.entries(fields)
    .map(([name, value]) => `--x\r\ncontent-disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`)
    .join(
      '',
    )}--x\r\ncontent-disposition: form-data; name="workflow_attachment"; filename="DOE^JANE.dcm"\r\ncontent-type: application/dicom\r\n\r\nDICM\r\n--x--\r\n`,
);

/** Takes files as a disk does, and says what it has. */
function uploadOf(names: string[]): Upload {
  return {
    async add(name, content) {
      if (!Buffer.isBuffer(content)) await buffer(content);
      names.push(name);
    },
    names,
    discard: async () => undefined,
  };
}

function take(form: RunForm): unknown {
  const { request, inputs } = parseRunRequest(form, { chains: [chain], roots, base: 'http://127.0.0.1' });
  for (const { path } of inputs)
    if (/(^|[\\/])\.\.([\\/]|$)/.test(path)) throw new Error('a path that leaves its folder');
  return request;
}

const execute = {
  inputs: {
    studies: [
      { href: 'root:studies/DOE^JANE.dcm', type: 'application/dicom' },
      { href: 'root:studies/ward 7' },
      { value: 'aGFsbG8=', mediaType: 'image/png', encoding: 'base64' },
    ],
    threshold: { value: 0.5 },
  },
  outputs: { scores: { transmissionMode: 'reference' } },
  subscriber: { successUri: 'https://hook.example/done' },
};
const callbackHosts = parseCallbackHosts([{ host: 'hook.example' }]);

const SLURM = `ClusterName = hpc\nMaxArraySize = 1001
7_0|COMPLETED|0:0|\n7_1|CANCELLED by 1000|0:15|\n7_[2-3]|PENDING|0:0|
7                   0                   RUNNING                       0                   0                   None
JobId=8 UserId=u(1) Name=dh ArrayJobId=7 ArrayTaskId=1 JobState=FAILED ExitCode=3:0
7                   dh-run-1\n7_0|dh-run-1|\n`;

const KINDS: readonly Omit<FuzzOptions, 'seed' | 'usual' | 'isRefusal'>[] = [
  {
    parser: 'run request of WES, in parts',
    ...{ corpus: [multipart], secrets: ['DOE^JANE', 'ward 7'] },
    async read(bytes, random) {
      const cut = Math.floor(random() * bytes.length);
      const body = Readable.from([bytes.subarray(0, cut), bytes.subarray(cut)].filter(({ length }) => length > 0));
      const headers = { 'content-type': 'multipart/form-data; boundary=x' };
      return take(await readRunForm(body, headers, async () => uploadOf([]), LIMITS));
    },
  },
  {
    parser: 'run request of WES, as a plain form',
    corpus: [
      Buffer.from(
        new URLSearchParams({
          ...fields,
          workflow_params: JSON.stringify({ studies: [params.studies[1]] }),
        }).toString(),
      ),
    ],
    secrets: ['ward 7'],
    read: (bytes) => take(parsePlainForm(bytes)),
  },
  {
    parser: 'execute request of OGC API - Processes',
    corpus: [Buffer.from(JSON.stringify(execute))],
    ...{ mutate: mutateJson, secrets: ['DOE^JANE'] },
    read: (bytes) => parseExecuteRequest(bytes, { chain, roots, callbackHosts, outputNames: ['scores'] }),
  },
  {
    parser: 'bindings/processing-chain.json',
    corpus: [await readFile(new URL('bindings/processing-chain.json', SAMPLE))],
    mutate: mutateJson,
    read: await bindingReader(),
  },
  {
    parser: 'texts of Slurm',
    corpus: [Buffer.from(SLURM)],
    read(bytes) {
      const text = bytes.toString('latin1');
      const reports = [parseSacct(text), parseSqueue(text), parseJobCompletion(text, ['7'])].flat();
      for (const { index } of reports) if (!Number.isSafeInteger(index)) throw new Error('an index that is none');
      const names = [parseSacctNames(text, ['dh-run-1']), parseSqueueNames(text, ['dh-run-1'])];
      return [reports, names, parseExitFile(text, 'dh-run-1'), parseLimits(text)];
    },
  },
  {
    parser: 'handle of the Slurm backend',
    corpus: [Buffer.from('{"version":1,"cluster":"hpc","arrays":[{"jobName":"dh-1","jobId":"7","submittedAt":"x"}]}')],
    mutate: mutateJson,
    read: (bytes) => parseHandle(bytes.toString()),
  },
  {
    parser: 'checksum of an input',
    corpus: [Buffer.from(`sha256$${'0f'.repeat(32)}`), Buffer.from(`sha1$${'0f'.repeat(20)}`)],
    read: (bytes) => parseChecksum(bytes.toString()),
  },
  {
    parser: 'label map',
    corpus: [niftiFile(), pngFile({ width: 4, height: 2, depth: 8, colour: 'gray', bytes: [0, 1, 2, 3, 4, 5, 6, 7] })],
    async read(bytes) {
      const { shape, labels } = await readLabelMap(bytes);
      if (labels.length !== shape.reduce((product, side) => product * side, 1)) throw new Error('another size');
    },
  },
];

async function bindingReader() {
  const manifest = parseManifest(await readFile(new URL('model.json', SAMPLE)));
  return (bytes: Buffer) => parseBinding(bytes.toString(), manifest);
}

describe('what platforms and clusters say of runs', () => {
  it.each(KINDS.map((kind, place) => ({ ...kind, seed: 4200 + place })))(
    'is read or refused: $parser',
    async (kind) => {
      const isRefusal = (thrown: unknown) =>
        thrown instanceof FileRefusal || (thrown instanceof DeepHealthError && thrown.code !== 'DH_INTERNAL');
      const { inputs, refused } = await fuzzParser({ ...kind, usual: USUAL, isRefusal });
      expect(refused).toBeGreaterThan(0);
      expect(refused).toBeLessThan(inputs);
    },
    fuzzTimeoutMs(USUAL),
  );
});
