import type { runtimeV1 } from '@deephealth/proto';
import { describe, expect, it } from 'vitest';
import { formatFinding } from './finding-lines.js';

type Mask = runtimeV1.Mask__Output;

function maskFinding(mask: Pick<Mask, 'classes' | 'isMultilabel'>, labels: ArrayBufferView, dataType: string) {
  const data = Buffer.from(labels.buffer, labels.byteOffset, labels.byteLength);
  return {
    name: 'organ',
    mask: { ...mask, grid: null, labels: { dataType, data, shape: [] } },
  } as unknown as Parameters<typeof formatFinding>[0];
}
const classOf = (label: string, value: number) => ({ label, value, codes: [], extent: null });

describe('formatFinding of a mask without extents', () => {
  it('says how much of the picture a class has, and of an empty one that there is none of it', () => {
    const mask = { classes: [classOf('vessel', 1), classOf('bleeding', 2)], isMultilabel: false };
    const finding = maskFinding(mask, new Uint8Array([0, 1, 1, 0, 1, 0, 0, 0]), 'DATA_TYPE_UINT8');
    expect(formatFinding(finding)).toEqual({
      finding: 'organ',
      value: 'vessel 37.50 %, bleeding none',
      threshold: '-',
    });
  });

  it('counts bits where classes may overlap', () => {
    const mask = { classes: [classOf('a', 1), classOf('b', 256)], isMultilabel: true };
    const finding = maskFinding(mask, new Uint16Array([257, 1, 256, 256]), 'DATA_TYPE_UINT16');
    expect(formatFinding(finding).value).toBe('a 50.00 %, b 75.00 %');
  });

  it('does not round the smallest finding to nothing', () => {
    const labels = new Uint8Array(100_000);
    labels[7] = 1;
    const finding = maskFinding({ classes: [classOf('a', 1)], isMultilabel: false }, labels, 'DATA_TYPE_UINT8');
    expect(formatFinding(finding).value).toBe('a < 0.01 %');
  });
});

const finding = (text: runtimeV1.Text__Output) =>
  ({ name: 'report', value: 'text', text }) as runtimeV1.Finding__Output;

describe('a text in the table of findings', () => {
  it('is shown as a whole, and as written by a model', () => {
    const long = 'no effusion '.repeat(40);
    const whole = finding({ text: long, language: 'en', isGenerated: true, isCutOff: false });
    expect(formatFinding(whole)).toEqual({ finding: 'report (written by a model)', value: long, threshold: '-' });
    const cut = finding({ text: 'no', language: 'en', isGenerated: true, isCutOff: true });
    expect(formatFinding(cut).finding).toBe('report (written by a model, cut off)');
  });

  it('cannot move the cursor of a terminal', () => {
    const text = finding({ text: 'no\u001b[2Jeffusion\n', language: 'en', isGenerated: true, isCutOff: false });
    expect(formatFinding(text).value).toBe('no?[2Jeffusion?');
  });
});
