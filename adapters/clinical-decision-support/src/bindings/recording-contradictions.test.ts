import { describe, expect, it } from 'vitest';
import { ECG_STUDY, ecgBinding, ecgManifest, ecgService, LEAD_II } from '../../test/ecg-beat.js';
import { parseBinding } from './parse-binding.js';

const manifest = ecgManifest();
// biome-ignore lint/suspicious/noExplicitAny: the tests write what the types forbid.
type Json = any;

function parsed(change: (service: Json, manifest: Json) => void) {
  const binding = structuredClone(ecgBinding(ecgService()));
  const changed = structuredClone(manifest);
  change(binding.services[0], changed);
  return parseBinding(JSON.stringify(binding), changed);
}

const second = (m: Json) => m.inputs[0].channels.push({ name: 'V1', unit: 'mV', validRange: [-10, 10] });
const twoChannels = (s: Json, m: Json, of: object, other: object) => {
  second(m);
  s.signal.channels.MLII = { ...s.signal.channels.MLII, ...of };
  s.signal.channels.V1 = { codes: [LEAD_II], unit: 'mV', ...other };
};
const toImage = (s: Json, m: Json) => {
  m.inputs[0] = { name: 'ecg', kind: 'image', feeds: 'signal', mediaTypes: ['image/png'], maxPixels: 9, steps: [] };
  s.image = { from: 'ecg', codes: [ECG_STUDY], missing: 'refuse' };
  delete s.signal;
};

describe('the binding of a signal', () => {
  it('is taken', () => {
    expect(parsed(() => undefined).services[0]?.signal?.missing).toBe('refuse');
  });

  it.each<[string, (service: Json, manifest: Json) => void]>([
    ['of files alone', (s) => delete s.signal.channels],
    [
      'of samples alone',
      (s) => {
        delete s.signal.mediaTypes;
        delete s.signal.codes;
      },
    ],
    ['of the hook itself', (s) => (s.signal.from = 'context')],
    [
      'of two dimensions of the same samples',
      (s, m) => twoChannels(s, m, { interleaved: { index: 0, of: 2 } }, { interleaved: { index: 1, of: 2 } }),
    ],
  ])('is taken %s', (_, change) => {
    expect(parsed(change).services).toHaveLength(1);
  });

  it.each<[string, string, (service: Json, manifest: Json) => void]>([
    ['/services/0', 'Add "signal"', (s) => delete s.signal],
    [
      '/services/0/features',
      'has no columns',
      (s) => (s.features = { x: { from: 'ecg', codes: [LEAD_II], missing: 'refuse' } }),
    ],
    ['/services/0/image', 'kind signal', (s) => (s.image = { from: 'ecg', codes: [ECG_STUDY], missing: 'refuse' })],
    ['/services/0/input', 'Only tables, signals and images', (_, m) => (m.inputs[0].kind = 'volume')],
    ['/services/0/signal', 'kind tensor', (_, m) => (m.inputs[0].kind = 'tensor')],
    ['/services/0/signal/from', 'no prefetch key "eeg"', (s) => (s.signal.from = 'eeg')],
    ['/services/0/signal', 'lacks "missing"', (s) => delete s.signal.missing],
    ['/services/0/signal/missing', '"unknown"', (s) => (s.signal.missing = 'unknown')],
    ['/services/0/signal/maximumAgeDays', '> 0', (s) => (s.signal.maximumAgeDays = 0)],
    ['/services/0/signal/mediaTypes/0', 'application/pdf', (s) => (s.signal.mediaTypes = ['application/pdf'])],
    ['/services/0/signal', 'Add "codes"', (s) => delete s.signal.codes],
    [
      '/services/0/signal/channels',
      '"MLII" of the manifest is not bound',
      (s) => (s.signal.channels = { V1: s.signal.channels.MLII }),
    ],
    ['/services/0/signal/channels', '"V1" of the manifest is not bound', (_, m) => second(m)],
    [
      '/services/0/signal/channels/V1',
      'no channel of this name',
      (s) => (s.signal.channels.V1 = { codes: [ECG_STUDY], unit: 'mV' }),
    ],
    ['/services/0/signal/channels/MLII/unit', 'declares "mV"', (s) => (s.signal.channels.MLII.unit = 'uV')],
    [
      '/services/0/signal/channels/MLII/unit',
      'not a unit of UCUM',
      (s, m) => {
        s.signal.channels.MLII.unit = 'millivolt';
        m.inputs[0].channels[0].unit = 'millivolt';
      },
    ],
    ['/services/0/signal/channels/MLII', 'lacks "codes"', (s) => delete s.signal.channels.MLII.codes],
    [
      '/services/0/signal/channels/MLII/interleaved/index',
      'counted from 0',
      (s) => (s.signal.channels.MLII.interleaved = { index: 2, of: 2 }),
    ],
    [
      '/services/0/signal/channels/V1/codes/0',
      '"MLII" is taken from the same samples',
      (s, m) => twoChannels(s, m, {}, {}),
    ],
    [
      '/services/0/signal/channels/V1/codes/0',
      'the same samples',
      (s, m) => twoChannels(s, m, { interleaved: { index: 0, of: 2 } }, { interleaved: { index: 0, of: 2 } }),
    ],
    [
      '/services/0/signal/channels/V1/codes/0',
      'the same samples',
      (s, m) => twoChannels(s, m, { interleaved: { index: 0, of: 2 } }, { interleaved: { index: 1, of: 3 } }),
    ],
  ])('is refused at %s: %s', (pointer, sentence, change) => {
    expect(() => parsed(change)).toThrow(
      expect.objectContaining({ code: 'DH_CDS_BINDING_INVALID', message: expect.stringContaining(sentence) }),
    );
    expect(() => parsed(change)).toThrow(expect.objectContaining({ message: expect.stringContaining(`"${pointer}"`) }));
  });
});

describe('the binding of an image', () => {
  it('is taken', () => {
    expect(parsed(toImage).services[0]?.image?.from).toBe('ecg');
  });

  it.each<[string, (service: Json) => void]>([
    ['Add "image"', (s) => delete s.image],
    ['no prefetch key', (s) => (s.image.from = 'eeg')],
    ['lacks "codes"', (s) => delete s.image.codes],
    ['does not accept image/jpeg', (s) => (s.image.mediaTypes = ['image/jpeg'])],
    [
      'kind image',
      (s) => (s.signal = { from: 'ecg', codes: [ECG_STUDY], mediaTypes: ['application/edf'], missing: 'refuse' }),
    ],
  ])('is refused: %s', (sentence, change) => {
    const both = (s: Json, m: Json) => {
      toImage(s, m);
      change(s);
    };
    expect(() => parsed(both)).toThrow(
      expect.objectContaining({ code: 'DH_CDS_BINDING_INVALID', message: expect.stringContaining(sentence) }),
    );
  });
});
