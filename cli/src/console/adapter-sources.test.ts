import type { RunRecord } from '@deephealth/adapter-piaf';
import type { Caller } from '@deephealth/sdk';
import { describe, expect, it } from 'vitest';
import { adapterSources } from './adapter-sources.js';
import type { ShownAdapter } from './shown-adapter.js';

const caller = (models?: string[]): Caller => ({
  ...{ subject: 'x', roles: ['auditor'], tenant: 'ward-a', authentication: 'key' },
  ...(models && { models }),
});
const entries = Array.from({ length: 7 }, (_, index) => ({
  ...{ number: 7 - index, at: '2026-01-01T00:00:00.000Z', service: 'risk', card: `card-${7 - index}` },
  ...{ model: index % 2 === 0 ? 'heart' : 'lung', version: '1', outcome: 'overridden' as const, reason: 'other' },
}));
const run = { runId: 'a1', chain: 'lung/1/segment', state: 'RUNNING', progress: 40, startedAt: 't' } as RunRecord;
const shown: ShownAdapter = {
  latestFeedback: (before, limit, isShown) =>
    entries.filter((entry) => entry.number < before && isShown(entry)).slice(0, limit),
  rules: {
    url: 'http://127.0.0.1:1',
    ruleBases: [
      { id: 'heart/1/a', title: 'A', model: 'heart' },
      { id: 'lung/1/b', title: 'B', model: 'lung' },
    ],
  },
  runs: {
    ...{ url: 'http://127.0.0.1:2', hasOwnTenants: false },
    latestRuns: ({ tenant }) => (tenant === 'ward-a' ? [run] : []),
  },
};

describe('what the console shows of an adapter', () => {
  it('is not there while no adapter is served, and the reason names it', () => {
    const sources = adapterSources(() => undefined);
    expect(sources.feedback.status().reason).toContain('clinical-decision-support');
    expect(sources.rules.status()).toMatchObject({ available: false, reason: expect.stringContaining('expressif') });
    expect(sources.jobs.status()).toMatchObject({ available: false, reason: expect.stringContaining('piaf') });
    expect(sources.slides.status().available).toBe(false);
  });

  it('is feedback page by page, of the models that the caller may see', () => {
    const { feedback } = adapterSources(() => shown);
    expect(feedback.status()).toEqual({ available: true });
    const first = feedback.page({ limit: 3 }, undefined);
    expect(first.items.map(({ card }) => card)).toEqual(['card-7', 'card-6', 'card-5']);
    expect(first.items[0]).toEqual({
      ...{ at: '2026-01-01T00:00:00.000Z', service: 'risk', card: 'card-7', outcome: 'overridden', reasons: ['other'] },
    });
    const rest = feedback.page({ limit: 4, before: first.next as number }, undefined);
    expect(rest.items.map(({ card }) => card)).toEqual(['card-4', 'card-3', 'card-2', 'card-1']);
    expect(rest.next).toBeUndefined();
    expect(feedback.page({ limit: 9 }, caller(['heart'])).items).toHaveLength(4);
  });

  it('is rule bases with their pages, of the models that the caller may see', () => {
    const { rules } = adapterSources(() => shown);
    expect(rules.list(caller(['heart'])).items).toEqual([
      { id: 'heart/1/a', title: 'A', url: 'http://127.0.0.1:1/v1/rule-bases/heart/1/a/page' },
    ]);
    expect(rules.list(undefined).items).toHaveLength(2);
  });

  it("is runs of the caller's tenant, of the models that it may see", () => {
    const { jobs } = adapterSources(() => shown);
    expect(jobs.list(caller())).toEqual([
      {
        ...{ id: 'a1', chain: 'lung/1/segment', state: 'RUNNING', progress: 0.4, startedAt: 't' },
        url: 'http://127.0.0.1:2/ogc/jobs/a1',
      },
    ]);
    expect(jobs.list({ ...caller(), tenant: 'ward-b' })).toEqual([]);
    expect(jobs.list(caller(['heart']))).toEqual([]);
  });

  it('is no run where tenants prove themselves at the service alone', () => {
    const { jobs } = adapterSources(() => ({ runs: { ...(shown.runs as object), hasOwnTenants: true } as never }));
    expect(jobs.status()).toMatchObject({ available: false, url: 'http://127.0.0.1:2' });
  });
});
