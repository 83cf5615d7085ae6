import type { Manifest } from '@deephealth/sdk';
import type { ChainDescription } from '../http/face-context.js';
import type { ServedChain } from '../runs/run-service.js';

/** A chain over DICOM files with two parameters, as a service would serve it; no package is behind it. */
export function servedChain(label = 'chest', version = '1.2.0'): ServedChain {
  const manifest = {
    ...{ name: 'xray-findings', version, license: 'Apache-2.0', inputs: [], outputs: [] },
  } as unknown as Manifest;
  return {
    id: `xray-findings/${version}/${label}`,
    manifest,
    packageSha256: 'ab'.repeat(32),
    binding: {
      label,
      title: 'Findings in chest X-rays',
      item: { kind: 'file', mediaTypes: ['application/dicom', 'image/png'] },
      parameters: [
        { name: 'highlight', default: true },
        { name: 'frame', default: 0, minimum: 0 },
      ],
      chunk: { items: 10 },
      resources: { cores: 1, ramMiB: 512, timeLimitS: 60 },
    },
  };
}

/** What exports would say of it, in few words. */
export function describeServedChain({ binding, manifest }: ServedChain): ChainDescription {
  const file = { type: 'string', contentEncoding: 'base64', contentMediaType: 'application/dicom' };
  const output = (title: string, contentMediaType: string) => ({ title, schema: { type: 'string', contentMediaType } });
  return {
    cwl: `${JSON.stringify({ cwlVersion: 'v1.2', class: 'Workflow', id: 'main', inputs: { studies: 'File[]' }, outputs: {}, steps: {} }, null, 2)}\n`,
    ogcProcess: {
      title: binding.title,
      version: manifest.version,
      inputs: {
        studies: { title: 'Studies', minOccurs: 1, maxOccurs: 'unbounded', schema: file },
        highlight: { title: 'Highlight', minOccurs: 0, maxOccurs: 1, schema: { type: 'boolean', default: true } },
        frame: { title: 'Frame', minOccurs: 0, maxOccurs: 1, schema: { type: 'integer', minimum: 0 } },
      },
      outputs: {
        results: output('Results', 'application/x-ndjson'),
        scores: output('Scores', 'text/csv'),
        summary: output('Summary', 'application/json'),
        report: output('Report', 'text/html'),
        files: { title: 'Regions', schema: { type: 'array', items: { type: 'string', format: 'uri' } } },
      },
    },
  };
}
