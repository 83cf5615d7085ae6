import type { runtimeV1 } from '@deephealth/proto';
import { describe, expect, it } from 'vitest';
import { formatFinding } from './finding-lines.js';

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
