import { type ClassifiedSample, reportClassification } from '@deephealth/sdk';
import { describe, expect, it } from 'vitest';
import { renderHtmlReport } from './html-report.js';

const sample = (index: number, classIndex: number): ClassifiedSample => ({
  index,
  location: `${index}.png`,
  truth: [classIndex],
  decision: [classIndex],
  abstained: false,
  probabilities: [0, 1, 2].map((c) => (c === classIndex ? 0.8 : 0.1)),
});

describe('the HTML report', () => {
  it('shows hostile names as text', () => {
    const evil = '"><img src=x onerror=alert(1)>\'&';
    const samples = [sample(0, 0), sample(1, 1)];
    const html = renderHtmlReport({
      schemaVersion: 1,
      model: { name: evil, version: '1', packageSha256: '' },
      output: evil,
      dataset: { name: evil, file: 'x', sha256: '', split: evil, sampleCount: 3, notes: [evil] },
      bootstrap: { resamples: 100, seed: 1, level: 0.95 },
      report: reportClassification(samples, [evil, 'b', 'c'], 'multiclass', { resamples: 100, seed: 1 }),
      failures: [{ index: 2, location: evil, code: 'DH_X', message: evil }],
    });
    expect(html).not.toContain('<img');
    expect(html).not.toMatch(/NaN|undefined|null/);
    expect(html).toContain('&lt;img');
  });
});
