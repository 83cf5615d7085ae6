import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import {
  about,
  BEAT,
  concept,
  ECG_STUDY,
  ecgDocument,
  ecgObservation,
  edfBeat,
  LEAD_II,
  PATIENT,
  sampledData,
} from '../../test/ecg-beat.js';
import { expectBeat, read, refusal, samplesOf } from '../../test/ecg-recordings.js';

const whole = (more: object = {}) => ecgObservation(sampledData(BEAT), more);

const base64 = (bytes: Buffer) => bytes.toString('base64');
const EDF = 'application/edf';
const inline = (bytes: Buffer, more: object = {}) => ({ contentType: EDF, data: base64(bytes), ...more });
const binary = (more: object = {}) => ({
  resourceType: 'Binary',
  id: 'b-1',
  contentType: EDF,
  data: base64(edfBeat()),
  ...more,
});
const byUrl = { contentType: EDF, url: 'Binary/b-1' };
const derived = (more: object = {}) =>
  ecgObservation({}, { component: undefined, derivedFrom: [{ reference: 'DocumentReference/doc-1' }], ...more });
const media = (content: object, more: object = {}) => ({
  resourceType: 'Media',
  id: 'm-1',
  status: 'completed',
  type: concept(ECG_STUDY),
  subject: about,
  createdDateTime: '2026-11-20T08:30:00Z',
  content,
  ...more,
});

describe('a file of EDF', () => {
  it.each<[string, object[]]>([
    ['in a document', [ecgDocument(inline(edfBeat()))]],
    ['in microvolts', [ecgDocument(inline(edfBeat('MLII', 'uV')))]],
    ['in a Media', [media(inline(edfBeat()))]],
    [
      'by another case and with a parameter',
      [ecgDocument(inline(edfBeat(), { contentType: 'Application/EDF; version=1' }))],
    ],
    [
      'beside a letter',
      [
        ecgDocument(
          {},
          {
            content: [
              { attachment: { contentType: 'application/pdf', data: 'AAAA' } },
              { attachment: inline(edfBeat()) },
            ],
          },
        ),
      ],
    ],
    [
      'with its size and digest',
      [
        ecgDocument(
          inline(edfBeat(), { size: edfBeat().length, hash: createHash('sha1').update(edfBeat()).digest('base64') }),
        ),
      ],
    ],
    ['in a Binary', [ecgDocument(byUrl), binary()]],
    [
      'in a Binary of this version',
      [ecgDocument({ ...byUrl, url: 'Binary/b-1/_history/2' }), binary({ meta: { versionId: '2' } })],
    ],
    ['that an Observation is derived from', [derived(), ecgDocument(byUrl), binary()]],
  ])('is read %s', async (_, resources) => {
    expectBeat(await samplesOf(resources));
  });

  it('says for the card what it is', async () => {
    const { feature } = await read([derived(), ecgDocument(inline(edfBeat()))]);
    expect(feature).toMatchObject({
      value: 'MLII',
      at: '2026-11-20T08:30:00Z',
      reference: 'Observation/ecg-1',
      mediaType: EDF,
      recording: { channels: ['MLII'], durationS: 1.8 },
    });
  });

  it.each<[string, string, string, object[]]>([
    ['a channel of another name', 'channel-missing', '"MLII"', [ecgDocument(inline(edfBeat('V5')))]],
    ['another rate', 'rate-mismatch', '360 Hz', [ecgDocument(inline(edfBeat('MLII', 'mV', '1.2')))]],
    ['a unit of something else', 'unit-inconvertible', 'mV', [ecgDocument(inline(edfBeat('MLII', 'mmHg')))]],
    ['a unit of nobody', 'unit-unknown', 'UCUM', [ecgDocument(inline(edfBeat('MLII', 'steps')))]],
    ['an end that is cut off', 'unreadable', 'cut off', [ecgDocument(inline(edfBeat().subarray(0, 900)))]],
    ['something else inside', 'unreadable', 'neither EDF nor BDF', [ecgDocument(inline(Buffer.from('%PDF-1.7')))]],
    [
      'half a character',
      'unreadable',
      'not Base64',
      [ecgDocument({ contentType: EDF, data: `${base64(edfBeat())}A` })],
    ],
    ['what Base64 has not', 'unreadable', 'not Base64', [ecgDocument({ contentType: EDF, data: '!!!!' })]],
    ['another size', 'unreadable', 'another size', [ecgDocument(inline(edfBeat(), { size: 7 }))]],
    ['another digest', 'unreadable', 'another digest', [ecgDocument(inline(edfBeat(), { hash: 'AAAA' }))]],
    ['neither data nor address', 'unreadable', 'neither data nor', [ecgDocument({ contentType: EDF })]],
    [
      'an address elsewhere',
      'unreadable',
      'no Binary',
      [ecgDocument({ contentType: EDF, url: 'https://x.example/f.edf' })],
    ],
    [
      'an address of the machine',
      'unreadable',
      'no Binary',
      [ecgDocument({ contentType: EDF, url: 'file:///etc/passwd' })],
    ],
    ['a Binary that climbs', 'unreadable', 'does not lie', [ecgDocument({ contentType: EDF, url: 'Binary/..' })]],
    ['a Binary that was not sent', 'unreadable', 'names no FHIR server', [ecgDocument(byUrl)]],
    [
      'a Binary of another version',
      'unreadable',
      'was not sent',
      [ecgDocument({ ...byUrl, url: 'Binary/b-1/_history/3' }), binary({ meta: { versionId: '2' } })],
    ],
    [
      'a Binary of another type',
      'unreadable',
      'another media type',
      [ecgDocument(byUrl), binary({ contentType: 'text/plain' })],
    ],
    [
      'a Binary in two versions',
      'unreadable',
      'several versions',
      [ecgDocument(byUrl), binary(), binary({ data: 'AAAA' })],
    ],
    [
      'a Binary that means otherwise',
      'unreadable',
      'changes its meaning',
      [ecgDocument(byUrl), binary({ implicitRules: 'http://x' })],
    ],
    [
      'two files',
      'unreadable',
      'several files',
      [ecgDocument({}, { content: [{ attachment: inline(edfBeat()) }, { attachment: inline(edfBeat()) }] })],
    ],
    [
      'a document that is not finished',
      'absent',
      'not there',
      [ecgDocument(inline(edfBeat()), { docStatus: 'preliminary' })],
    ],
    ['a document that was replaced', 'absent', 'not there', [ecgDocument(inline(edfBeat()), { status: 'superseded' })]],
    ['a document of another kind', 'absent', 'not there', [ecgDocument(inline(edfBeat()), { type: concept(LEAD_II) })]],
    [
      'a date of filing alone',
      'stale',
      'no date',
      [ecgDocument(inline(edfBeat()), { context: undefined, date: '2026-11-20T08:30:00Z' })],
    ],
    ['a Media that is under way', 'absent', 'not there', [media(inline(edfBeat()), { status: 'in-progress' })]],
    ['a Media of several frames', 'unreadable', 'several frames', [media(inline(edfBeat()), { frames: 2 })]],
    ['no content', 'unreadable', 'no form that is read', [ecgDocument({}, { content: null })]],
    ['content that is none', 'unreadable', 'no form that is read', [ecgDocument({}, { content: [null, 7] })]],
    [
      'a document that means otherwise',
      'ambiguous',
      'changes its meaning',
      [ecgDocument(inline(edfBeat()), { modifierExtension: [{ url: 'x' }] })],
    ],
    [
      'a document behind it that means otherwise',
      'unreadable',
      'changes its meaning',
      [derived(), ecgDocument(inline(edfBeat()), { implicitRules: 'http://x' })],
    ],
    [
      'two documents that it is derived from',
      'unreadable',
      'several documents',
      [derived({ derivedFrom: [{ reference: 'DocumentReference/doc-1' }, { reference: 'Media/m-1' }] })],
    ],
    [
      'a document behind it that was withdrawn',
      'unreadable',
      'not in force',
      [derived(), ecgDocument(inline(edfBeat()), { status: 'entered-in-error' })],
    ],
  ])('is refused with %s: %s', async (_, why, says, resources) => {
    const feature = await refusal(resources);
    expect(feature.message).toContain(says);
    expect(feature.why).toBe(why);
  });

  it('does not stand in for a study that is newer, and whose files cannot be had', async () => {
    const study = {
      resourceType: 'ImagingStudy',
      id: 's-1',
      status: 'available',
      procedureCode: [concept(ECG_STUDY)],
      subject: about,
      started: '2026-11-20T09:00:00Z',
    };
    const edf = ecgDocument(inline(edfBeat()));
    expect((await refusal([study, edf])).message).toContain('is a study');
    expectBeat(await samplesOf([{ ...study, status: 'entered-in-error' }, edf]));
    expectBeat(await samplesOf([{ ...study, started: '2026-11-20T07:00:00Z' }, edf]));
  });

  it('is not read where the binding does not name its form', async () => {
    expect((await refusal([ecgDocument(inline(edfBeat()))], { signal: { mediaTypes: undefined as never } })).why).toBe(
      'absent',
    );
  });
});

describe('whom a file is about', () => {
  const other = { subject: { reference: 'Patient/p-2' } };
  const born = (birthDate: string) => ({ resourceType: 'Patient', id: PATIENT, birthDate });
  const edfOf = (who: string) => {
    const bytes = edfBeat();
    bytes.write(who.padEnd(80), 8, 'latin1');
    return inline(bytes);
  };

  it.each<[string, object[]]>([
    ['a document of another patient', [ecgDocument(inline(edfBeat()), other)]],
    ['a document of nobody', [ecgDocument(inline(edfBeat()), { subject: undefined })]],
    ['an Observation of another patient', [whole(), whole(other)]],
    ['a Binary that nothing points to', [whole(), binary()]],
    ['a Binary without an id', [ecgDocument(byUrl), binary({ id: undefined })]],
    [
      'a Binary that only an address elsewhere has in it',
      [ecgDocument({ ...byUrl, url: 'https://x.example/Binary/b-1/x' }), binary()],
    ],
    [
      'a Binary that the address of a server has in it, where the call names none',
      [ecgDocument({ ...byUrl, url: 'https://x.example/r4/Binary/b-1' }), binary()],
    ],
    [
      'a Binary of another patient by its own word',
      [ecgDocument(byUrl), binary({ securityContext: { reference: 'Patient/p-2' } })],
    ],
    ['a file with another birth date', [ecgDocument(edfOf('X F 02-MAY-1951 X')), born('1951-05-03')]],
    ['a file with another year of birth', [ecgDocument(edfOf('X F 02-MAY-1951 X')), born('1952')]],
  ])('ends the call: %s', async (_, resources) => {
    await expect(read(resources)).rejects.toThrow(expect.objectContaining({ code: 'DH_CDS_PATIENT_MISMATCH' }));
  });

  it.each<[string, object[]]>([
    ['the same birth date', [ecgDocument(edfOf('X F 02-MAY-1951 X')), born('1951-05-02')]],
    ['the same month of birth', [ecgDocument(edfOf('X F 02-MAY-1951 X')), born('1951-05')]],
    ['no birth date in the file', [ecgDocument(edfOf('X X X X')), born('1951-05-02')]],
    [
      'a Binary of the patient by its own word',
      [ecgDocument(byUrl), binary({ securityContext: { reference: 'Patient/p-1' } })],
    ],
  ])('is clear with %s', async (_, resources) => {
    expectBeat(await samplesOf(resources));
  });
});
