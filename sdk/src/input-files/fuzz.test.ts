import { gzipSync } from 'node:zlib';
import type { runtimeV1 } from '@deephealth/proto';
import { describe, expect, it } from 'vitest';
import { DeepHealthError } from '../errors/deephealth-error.js';
import { FileRefusal } from '../errors/file-refusal.js';
import { readNifti, readNiftiGeometry } from '../nifti/read-nifti.js';
import { dicomWaveform } from '../testing/dicom-waveform.js';
import { edfFile } from '../testing/edf-file.js';
import { type FuzzOptions, fuzzParser, fuzzTimeoutMs } from '../testing/fuzz-parser.js';
import { mutateJson } from '../testing/mutate-value.js';
import { niftiFile } from '../testing/nifti-file.js';
import { readDicomSummary } from './dicom-summary.js';
import { readDicomWaveform } from './dicom-waveform.js';
import { parseEdf } from './edf.js';
import { isObservation, readSampledData } from './fhir-sampled-data.js';
import { readInputBytes } from './read-input-file.js';
import { toSignal } from './recording-signal.js';
import { parseSignalCsv } from './signal-csv.js';
import { sniffMediaType } from './sniff-media-type.js';
import { readWfdbSignals } from './wfdb.js';
import { parseWfdbHeader } from './wfdb-header.js';

const USUAL = 300;
const LIMITS = { maxVoxels: 2 ** 20 };

const nifti = ([1, 2] as const).flatMap((version) => [
  niftiFile({ version }),
  niftiFile({
    ...{ version, big: true, datatype: 16, bits: 32, slope: 2, intercept: -1, units: 3 },
    ...{ voxels: Buffer.alloc(96, 1), sform: { code: 0, rows: Array(12).fill(0) } },
    qform: { code: 1, quaternion: [0, 0, 0.6], offset: [1, 2, 3] },
  }),
]);

const edfNotes = (second: number) =>
  Buffer.from(`+${second}\x14\x14\0+${second}.5\x151\x14spike\x14\0`.padEnd(32, '\0'), 'latin1');
const edf = [
  edfFile({
    reserved: 'EDF+C',
    recordS: '1',
    channels: [
      { label: 'EEG', count: 4 },
      { label: 'EDF Annotations', pmin: '-1', pmax: '1', dmin: '-32768', dmax: '32767', count: 16 },
    ],
    records: [0, 1].map((second) => Buffer.concat([Buffer.from(Int16Array.of(1, 2, 3, 4).buffer), edfNotes(second)])),
  }),
  edfFile({ channels: [{ label: 'Temp', unit: 'degC', count: 3 }], records: [Buffer.alloc(6, 1), Buffer.alloc(6, 2)] }),
];
const bdf = edfFile({
  version: Buffer.from('\xffBIOSEMI', 'latin1'),
  channels: [{ label: 'A1', pmin: '-8388608', pmax: '8388607', dmin: '-8388608', dmax: '8388607', count: 3 }],
  records: [Buffer.from([0xff, 0xff, 0x7f, 0x00, 0x00, 0x80, 0xfe, 0xff, 0xff])],
});

const wfdbHeaders = [
  'r 2 360/10(5) 2\nr.dat 212 200(1024)/mV 11 1024 995 1990 0 MLII\nr.dat 212 200 11 1024 1011 2022 0 V5\n',
  'r 1 250\n# a comment\nr.dat 16+2 100/uV 16 0 -7181 -10458 0 Lead II\n',
  'r 1 100 6\nr.dat 80 10 8 0\n',
];
const wfdbSamples = Buffer.from('e333f3e333f3', 'hex');
const readWfdb = (header: string, samples: Buffer) =>
  readWfdbSignals(parseWfdbHeader(header), new Map([['r.dat', samples]]));

const sampledData = (data: object, code: object = { text: 'II' }) => ({
  code,
  valueSampledData: { origin: { value: 0, code: 'mV' }, dimensions: 1, data: '1 2 -3.5', ...data },
});
const observations = [
  { resourceType: 'Observation', component: [sampledData({ period: 4, factor: 0.5 })] },
  {
    resourceType: 'Observation',
    ...sampledData({ interval: 4, intervalUnit: 'ms' }, { coding: [{ system: 'urn:x', code: '131329' }] }),
  },
].map((document) => Buffer.from(JSON.stringify(document)));

const waveforms = [
  dicomWaveform([
    {
      channels: [{ label: 'I', sensitivity: '2.5', unit: 'uV', baseline: '1' }, { source: 'Lead II' }],
      ...{ samples: [1, 3, -5].map((value) => [value, value + 1]), padding: -5 },
    },
  ]),
  dicomWaveform([{ channels: [{ label: 'I' }], samples: [[1], [255]], interpretation: 'UB', rateHz: '500' }]),
];

const signalCsv = Buffer.from('# rate_hz: 360\n# channels: MLII, V5\n# unit: mV, uV\n1,-2.5\n3e1,4\n');

// An observation that is none of JSON is not this parser's question.
const readFhir = (bytes: Buffer) => {
  let document: unknown;
  try {
    document = JSON.parse(bytes.toString());
  } catch {
    return undefined;
  }
  return isObservation(document) ? readSampledData(document) : undefined;
};

const SENT = 'file as it is sent';
const sentTables = [
  '{"age": {"value": 63, "unit": "a"}, "sex": "male", "smokes": false, "thallium": null}',
  '{"inputs": {"x": {"tensor": {"dataType": "FP32", "shape": [1, 2], "values": [1, 2]}}}}',
].map((text) => Buffer.from(text));

/** Called by the ending that a sound one has, of a model that takes such a file. */
const readSent = (bytes: Buffer) => {
  const [first] = bytes;
  const [name, kind] =
    first === 0x7b ? ['x.json', 'INPUT_KIND_TABLE'] : [first === 0x23 ? 'x.csv' : 'x.edf', 'INPUT_KIND_SIGNAL'];
  const input = { name: 'x', kind, samplingRateHz: 4 } as runtimeV1.InputDescriptor__Output;
  return readInputBytes(name, bytes, { inputs: [input] });
};

type Kind = Omit<FuzzOptions, 'seed' | 'usual' | 'isRefusal'>;

/** Each with a seed of its own, by its place. */
const KINDS: readonly Kind[] = [
  { parser: 'NIfTI', corpus: nifti, read: (bytes) => readNifti(bytes, LIMITS) },
  {
    parser: 'NIfTI, compressed',
    corpus: nifti.map((file) => gzipSync(file)),
    read: (bytes) => readNifti(bytes, LIMITS),
  },
  {
    parser: 'NIfTI, broken within a whole compressed file',
    ...{ corpus: nifti, wrap: (broken) => gzipSync(broken), read: (bytes) => readNifti(bytes, LIMITS) },
  },
  {
    parser: 'NIfTI, its place alone',
    corpus: [...nifti, ...nifti.map((file) => gzipSync(file))],
    read: readNiftiGeometry,
  },
  { parser: 'EDF and EDF+', corpus: edf, read: parseEdf },
  { parser: 'BDF', corpus: [bdf], read: parseEdf },
  {
    parser: 'WFDB header',
    corpus: wfdbHeaders.map((header) => Buffer.from(header)),
    read: (bytes) => readWfdb(bytes.toString('latin1'), wfdbSamples),
  },
  {
    parser: 'WFDB samples of formats 16, 80 and 212',
    corpus: [wfdbSamples],
    read: (bytes, random) => readWfdb(wfdbHeaders[Math.floor(random() * wfdbHeaders.length)] as string, bytes),
  },
  { parser: 'DICOM waveform', corpus: waveforms, read: readDicomWaveform },
  { parser: 'FHIR SampledData', corpus: observations, mutate: mutateJson, read: readFhir },
  {
    parser: 'a part of a recording',
    corpus: edf,
    read: (bytes, random) => toSignal(parseEdf(bytes), random() < 0.5 ? 4 : 1.5, { fromS: random() }),
  },
  { parser: 'signal as CSV', corpus: [signalCsv], read: (bytes) => parseSignalCsv('signal.csv', bytes.toString()) },
  {
    parser: 'media type of a file',
    corpus: [...nifti, ...waveforms, Buffer.from('BM\0\0\0\0\0\0\0\0')],
    read: sniffMediaType,
  },
  {
    parser: 'what a DICOM file says of itself',
    corpus: [
      dicomWaveform([{ channels: [{ label: 'I' }], samples: [[1]] }], undefined, {
        '00100030': ['DA', '19510502'],
        '00280008': ['IS', '12'],
      }),
      ...waveforms,
    ],
    read: readDicomSummary,
  },
  { parser: SENT, corpus: [...sentTables, ...edf, signalCsv], read: readSent },
];

describe('broken files of inputs', () => {
  it.each(KINDS.map((kind, place) => ({ ...kind, seed: 100 + place })))(
    'are read or refused: $parser',
    async (kind) => {
      const isRefusal = (thrown: unknown) =>
        kind.parser === SENT ? isTyped(thrown) : thrown instanceof FileRefusal || isMalformed(thrown);
      const { inputs, refused } = await fuzzParser({ ...kind, usual: USUAL, isRefusal });
      // Some of both, or it was not the parser that was tried.
      expect(refused).toBeLessThan(inputs);
      if (kind.parser !== 'media type of a file') expect(refused).toBeGreaterThan(inputs / 50);
    },
    fuzzTimeoutMs(USUAL),
  );
});

/** What is sent is never refused but by a code of the catalogue. */
function isTyped(thrown: unknown): boolean {
  return isMalformed(thrown) || (thrown instanceof DeepHealthError && thrown.code === 'DH_MEDIA_UNREADABLE');
}

function isMalformed(thrown: unknown): boolean {
  return thrown instanceof DeepHealthError && thrown.code === 'DH_REQUEST_MALFORMED';
}
