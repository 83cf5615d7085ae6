import { afterEach, describe, expect, it } from 'vitest';
import type { AuditTrail } from '../audit/audit-trail.js';
import { RegionLinks } from '../region/region-links.js';
import { answerRegion } from './answer-region.js';
import type { KillSwitch } from './kill-switch.js';

const now = () => new Date('2026-11-23T12:00:00Z');
const regions = new RegionLinks({}, now);
afterEach(() => regions.close());

function looked(add: AuditTrail['add']) {
  const offer = regions.offer();
  regions.keep(offer, {
    page: Buffer.from('the page'),
    ...{ serviceId: 'xray', patientId: 'p-1', requestId: 'r-1', model: 'm/1/d' },
  });
  const request = { method: 'GET', path: '', headers: {}, body: Buffer.alloc(0) };
  return answerRegion({ kind: 'region', token: offer.token, part: 'page' }, request, 'r-2', {
    ...{ regions, now, baseUrl: 'https://cds.example', languages: ['en'] },
    killSwitch: { isOff: () => false } as unknown as KillSwitch,
    audit: { add } as unknown as AuditTrail,
  });
}

describe('the page behind a link', () => {
  it('is not sent before it is on the disk who looked', async () => {
    const order: string[] = [];
    const answer = looked(async () => {
      await new Promise(setImmediate);
      order.push('written');
    }).then((sent) => {
      order.push('sent');
      return sent;
    });
    await answer;
    expect(order).toEqual(['written', 'sent']);
    expect(String((await answer).body)).toBe('the page');
  });

  it('is not sent where that cannot be written', async () => {
    const full = async () => {
      throw new Error('no space left');
    };
    await expect(looked(full)).rejects.toThrow('no space left');
  });
});
