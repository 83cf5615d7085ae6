import { appendFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { fakeRuntime, soundAnswer } from './fake-runtime.js';
import { callBody, OVERRIDE_REASON, writeHeartPackage } from './heart-package.js';
import { type ServedAdapter, serveAdapter } from './served-adapter.js';
import { temporaryFolder } from './temporary-folder.js';

const PATH = '/cds-services/heart-risk';
const FEEDBACK = `${PATH}/feedback`;
const AT = '2026-11-20T10:05:00.000Z';
let folder: string;

beforeAll(async () => {
  folder = await writeHeartPackage(temporaryFolder());
});

const serve = (stateFolder: string) =>
  serveAdapter({
    runtime: fakeRuntime(async (request) => soundAnswer(request, 0.95)),
    packages: [folder],
    stateFolder,
  });

async function cardOf(served: ServedAdapter, path = PATH) {
  const [card] = (await served.post(path, callBody('high-risk'))).json.cards;
  return { uuid: card.uuid as string, suggestion: card.suggestions[0].uuid as string };
}

const accepted = (card: { uuid: string; suggestion: string }, at = AT) => ({
  card: card.uuid,
  outcome: 'accepted',
  acceptedSuggestions: [{ id: card.suggestion }],
  outcomeTimestamp: at,
});
const overridden = (card: { uuid: string }, more: object = {}, at = AT) => ({
  card: card.uuid,
  outcome: 'overridden',
  overrideReason: { reason: OVERRIDE_REASON, ...more },
  outcomeTimestamp: at,
});

describe('feedback', () => {
  it('is joined to the card, counted for the version of its model, and counted once', async () => {
    const state = temporaryFolder();
    const served = await serve(state);
    const [one, two] = [await cardOf(served), await cardOf(served)];
    const body = { feedback: [accepted(one), overridden(two)] };
    expect((await served.post(FEEDBACK, body)).json).toEqual({ stored: 2, repeated: 0, unknown: 0 });
    expect((await served.post(FEEDBACK, body)).json).toEqual({ stored: 0, repeated: 2, unknown: 0 });
    expect((await served.post(FEEDBACK, { feedback: [accepted(one), accepted(one)] })).json.stored).toBe(0);
    const expected = {
      model: 'heart-disease-risk',
      version: '1.0.0',
      calls: 2,
      cards: 2,
      accepted: 1,
      overridden: 1,
      acceptance: 0.5,
      overrideReasons: { [`${OVERRIDE_REASON.system}|${OVERRIDE_REASON.code}`]: 1 },
    };
    expect(served.adapter.statistics()).toEqual([expected]);
    await served.stop();
    // After a restart all of it is known as before, also behind half a line of a process that was killed.
    appendFileSync(join(state, 'inferences.ndjson'), '{"kind":"feedback","card":');
    const again = await serve(state);
    expect(again.adapter.statistics()).toEqual([expected]);
    expect((await again.post(FEEDBACK, body)).json).toEqual({ stored: 0, repeated: 2, unknown: 0 });
    const three = await cardOf(again);
    expect((await again.post(FEEDBACK, { feedback: [overridden(three)] })).json.stored).toBe(1);
    await again.stop();
    const last = await serve(state);
    expect(last.adapter.statistics()[0]).toMatchObject({ calls: 3, overridden: 2 });
    await last.stop();
  });

  it('is shown newest first and page by page, after a restart, too', async () => {
    const state = temporaryFolder();
    const served = await serve(state);
    const [one, two] = [await cardOf(served), await cardOf(served)];
    await served.post(FEEDBACK, { feedback: [accepted(one)] });
    await served.post(FEEDBACK, { feedback: [overridden(two)] });
    await served.stop();
    const again = await serve(state);
    const latest = again.adapter.latestFeedback(Number.POSITIVE_INFINITY, 10);
    expect(latest.map(({ card, outcome, model }) => [card, outcome, model])).toEqual([
      [two.uuid, 'overridden', 'heart-disease-risk'],
      [one.uuid, 'accepted', 'heart-disease-risk'],
    ]);
    expect(latest[0]?.reason).toBe(`${OVERRIDE_REASON.system}|${OVERRIDE_REASON.code}`);
    const [first] = again.adapter.latestFeedback(Number.POSITIVE_INFINITY, 1);
    expect(again.adapter.latestFeedback(first?.number ?? 0, 10)).toEqual(latest.slice(1));
    expect(again.adapter.latestFeedback(Number.POSITIVE_INFINITY, 10, () => false)).toEqual([]);
    await again.stop();
  });

  it('at one time from several sides is one', async () => {
    const served = await serve(temporaryFolder());
    const card = await cardOf(served);
    const answers = await Promise.all(
      Array.from({ length: 8 }, () => served.post(FEEDBACK, { feedback: [accepted(card)] })),
    );
    expect(answers.reduce((sum, { json }) => sum + json.stored, 0)).toBe(1);
    expect(served.adapter.statistics()[0]?.accepted).toBe(1);
    await served.stop();
  });

  it('that changes its mind counts as it was last, in whatever order it comes', async () => {
    const served = await serve(temporaryFolder());
    const card = await cardOf(served);
    await served.post(FEEDBACK, { feedback: [accepted(card, '2026-11-20T10:10:00Z')] });
    await served.post(FEEDBACK, { feedback: [overridden(card, {}, '2026-11-20T10:06:00Z')] });
    expect(served.adapter.statistics()[0]).toMatchObject({ accepted: 1, overridden: 0, overrideReasons: {} });
    await served.post(FEEDBACK, { feedback: [overridden(card, {}, '2026-11-20T12:00:00+01:00')] });
    expect(served.adapter.statistics()[0]).toMatchObject({ accepted: 0, overridden: 1 });
    await served.stop();
  });

  it('on cards that nobody knows, or of another service, is taken and counted for nobody', async () => {
    const served = await serve(temporaryFolder());
    const card = await cardOf(served);
    const strange = { ...accepted(card), card: '00000000-0000-4000-8000-000000000000' };
    expect((await served.post(FEEDBACK, { feedback: [strange] })).json).toEqual({ stored: 0, repeated: 0, unknown: 1 });
    const elsewhere = await served.post('/cds-services/heart-risk-abstaining/feedback', { feedback: [accepted(card)] });
    expect(elsewhere.json).toEqual({ stored: 0, repeated: 0, unknown: 1 });
    expect(served.adapter.statistics()[0]).toMatchObject({ accepted: 0, overridden: 0 });
    await served.stop();
  });

  it('keeps neither what a clinician wrote nor a reason of its own making', async () => {
    const state = temporaryFolder();
    const served = await serve(state);
    const card = await cardOf(served);
    const more = { reason: { system: 'x', code: 'Mrs Example' }, userComment: 'Mrs Example has asked for it' };
    expect((await served.post(FEEDBACK, { feedback: [overridden(card, more)] })).json.stored).toBe(1);
    const kept = readFileSync(join(state, 'inferences.ndjson'), 'utf8');
    expect(kept).not.toContain('Mrs Example');
    expect(kept).toContain('"reason":"other","hasComment":true');
    await served.stop();
  });

  it.each<[string, unknown, RegExp]>([
    ['no list', {}, /"feedback"/],
    ['an empty list', { feedback: [] }, /"feedback"/],
    ['an entry that is none', { feedback: [7] }, /feedback\[0\]/],
    ['no card', { feedback: [{ outcome: 'accepted', outcomeTimestamp: AT }] }, /card/],
    ['another outcome', { feedback: [{ card: 'x', outcome: 'ignored', outcomeTimestamp: AT }] }, /outcome/],
    [
      'accepted without suggestions',
      { feedback: [{ card: 'x', outcome: 'accepted', outcomeTimestamp: AT }] },
      /acceptedSuggestions/,
    ],
    ['no time', { feedback: [{ card: 'x', outcome: 'overridden' }] }, /outcomeTimestamp/],
    [
      'a time without a zone',
      { feedback: [{ card: 'x', outcome: 'overridden', outcomeTimestamp: '2026-11-20T10:05:00' }] },
      /outcomeTimestamp/,
    ],
    [
      'a reason that is a text',
      { feedback: [{ card: 'x', outcome: 'overridden', outcomeTimestamp: AT, overrideReason: 'no' }] },
      /overrideReason/,
    ],
  ])('with %s is refused whole, naming the field', async (_what, body, says) => {
    const served = await serve(temporaryFolder());
    const { status, json } = await served.post(FEEDBACK, body);
    expect(status).toBe(400);
    expect(json.issue[0].diagnostics).toMatch(says);
    await served.stop();
  });
});
