import { edfFile } from '@deephealth/sdk/testing';

const ANNOTATION_BYTES = 160;

/** Recordings that hold the planted bytes in many places and must be cleaned. */
export function plantedRecordings(planted: Buffer): Record<string, Buffer> {
  const record = (second: number, sampleBytes: 2 | 3) => {
    const annotations = Buffer.alloc(ANNOTATION_BYTES * sampleBytes);
    const texts = [
      Buffer.from(`+${second}\x14\x14`),
      planted.subarray(0, 60),
      Buffer.from(`\x14\0+${second}.5\x14`),
      planted.subarray(0, 60),
      Buffer.from('\x14\0'),
    ];
    Buffer.concat(texts).copy(annotations);
    return Buffer.concat([Buffer.alloc(4 * sampleBytes, second + 1), annotations]);
  };
  const plant = (file: Buffer) => {
    const whole = Buffer.concat([file, planted]);
    for (const [at, width] of [
      [8, 80],
      [88, 80],
      [168, 8],
      [176, 8],
      [200, 36],
    ] as const) {
      whole.fill(' ', at, at + width);
      planted.copy(whole, at, 0, Math.min(width, planted.length));
    }
    // Transducer, filter and what is reserved, of two signals.
    for (const at of [256 + 32, 256 + 32 + 160 + 5 * 16, 256 + 32 + 160 + 5 * 16 + 160 + 16]) {
      planted.copy(whole, at, 0, Math.min(32, planted.length));
    }
    return whole;
  };
  const options = (kind: 'EDF' | 'BDF') => ({
    reserved: `${kind}+C`,
    recordS: '1',
    channels: [
      { label: 'EEG Fp1-Ref', count: 4 },
      { label: `${kind} Annotations`, pmin: '-1', pmax: '1', dmin: '-32768', dmax: '32767', count: ANNOTATION_BYTES },
    ],
  });
  return {
    'EDF+': plant(edfFile({ ...options('EDF'), records: [record(0, 2), record(1, 2)] })),
    'BDF+': plant(
      edfFile({ ...options('BDF'), version: Buffer.from('\xffBIOSEMI', 'latin1'), records: [record(0, 3)] }),
    ),
  };
}
