import { describe, expect, it } from 'vitest';
import { contractRoot } from './load-contract.js';
import { decodeStatusDetails, encodeStatusDetails, type StatusDetails } from './status-details.js';

const plain: StatusDetails = {
  code: 8,
  message: 'Zu viele Anfragen für „thorax“.',
  errorInfo: { reason: 'QUEUE_FULL', domain: 'deephealth', metadata: { model: 'thorax', expected: '', größe: '1' } },
};

describe('status details', () => {
  it('come back as they were', () => {
    expect(decodeStatusDetails(encodeStatusDetails(plain))).toEqual(plain);
  });

  it.each([0, 1, 250, 999, 1000, 1500, 90_061.5, 3_600_000])('carry a retry hint of %d ms', (retryAfterMs) => {
    expect(decodeStatusDetails(encodeStatusDetails({ ...plain, retryAfterMs }))).toEqual({ ...plain, retryAfterMs });
  });

  it('round a retry hint to whole nanoseconds, never to a full second of them', () => {
    const wire = encodeStatusDetails({ ...plain, retryAfterMs: 1999.9999999 });
    expect(decodeStatusDetails(wire)?.retryAfterMs).toBe(2000);
    // Duration: field 1 is 2 s, field 2 is 0 ns.
    expect(wire.subarray(-4)).toEqual(Buffer.from([0x08, 2, 0x10, 0]));
  });

  it('are the messages of google.rpc, for clients of any language', () => {
    // Written down by hand: field 1 varint 8, field 2 "m", field 3 Any{type_url, value}.
    const url = 'type.googleapis.com/google.rpc.ErrorInfo';
    const info = Buffer.concat([Buffer.from([0x0a, 1]), Buffer.from('R'), Buffer.from([0x12, 1]), Buffer.from('d')]);
    const any = Buffer.concat([
      Buffer.from([0x0a, url.length]),
      Buffer.from(url),
      Buffer.from([0x12, info.length]),
      info,
    ]);
    const status = Buffer.concat([Buffer.from([8, 8, 0x12, 1, 0x6d, 0x1a, any.length]), any]);
    const details = { code: 8, message: 'm', errorInfo: { reason: 'R', domain: 'd', metadata: {} } };
    expect(encodeStatusDetails(details).toString('hex')).toBe(status.toString('hex'));
    expect(decodeStatusDetails(status)).toEqual(details);
  });

  it('are found behind details of other kinds', () => {
    const Status = contractRoot().lookupType('google.rpc.Status');
    const ours = Status.toObject(Status.decode(encodeStatusDetails({ ...plain, retryAfterMs: 20 })));
    const other = { type_url: 'type.googleapis.com/google.rpc.Help', value: Buffer.from('anything') };
    const bytes = Status.encode(Status.fromObject({ ...ours, details: [other, ...ours.details] })).finish();
    expect(decodeStatusDetails(bytes)).toEqual({ ...plain, retryAfterMs: 20 });
  });

  it.each([
    ['nothing', Buffer.alloc(0)],
    ['no ErrorInfo', Buffer.from([8, 3, 18, 1, 120])],
    ['a varint without end', Buffer.alloc(12, 0xff)],
    ['a length beyond the end', Buffer.from([0x1a, 0x7f, 1])],
    ['text', Buffer.from('upstream connect error')],
    ['a message that is cut off', encodeStatusDetails(plain).subarray(0, 60)],
  ])('are undefined for %s', (_, bytes) => {
    expect(decodeStatusDetails(bytes)).toBeUndefined();
  });

  it('never throw, whichever byte is changed', () => {
    const sound = encodeStatusDetails({ ...plain, retryAfterMs: 1500 });
    let changed = 0;
    for (let at = 0; at < sound.length; at++) {
      for (const flip of [0x01, 0x80, 0xff]) {
        const bytes = Buffer.from(sound);
        bytes[at] = (bytes[at] as number) ^ flip;
        const read = decodeStatusDetails(bytes);
        if (read === undefined || JSON.stringify(read) !== JSON.stringify({ ...plain, retryAfterMs: 1500 })) changed++;
      }
    }
    expect(changed).toBeGreaterThan(sound.length);
  });
});
