import { isChannelLabel } from '../channel-vocabulary.js';
import { cleanIccProfile } from '../clean-icc-profile.js';
import type { CleaningTally } from '../cleaning-tally.js';
import { type PseudonymousUids, tellsNothing } from '../pseudonymous-uid.js';
import { invalid, refusal } from '../refusals.js';
import { CODE_VALUE, CODING_SCHEMES } from './code-vocabulary.js';
import { CODE_ITEM, ELEMENT_RULES, type ElementRule, EMPTY_ELEMENTS } from './element-rules.js';
import { numberOf, splitText, textOf } from './raw-values.js';
import type { RawDataset, RawElement } from './read-elements.js';
import { type CleanDataset, type CleanElement, textValue } from './write-elements.js';

export interface DatasetCleaning {
  readonly tally: CleaningTally;
  readonly uids: PseudonymousUids;
  readonly isBig: boolean;
}

// Integer parts of seven digits and more may be a date or a number of a record.
const DECIMAL = /^[+-]?(\d{1,6}(\.\d*)?|\.\d+)([eE][+-]?\d{1,3})?$/;
const INTEGER = /^[+-]?\d{1,6}$/;
const MOST_DECIMAL = 32;
const MOST_TERMS = 64;
/** Numbers, as most programs name paths and stacks, and names of this gate's own. */
const NUMBERED = /^\d{1,4}$/;
const OWN_NAME = /^N[A-F0-9]{7}$/;
const NUMBER_BYTES: Readonly<Record<string, number>> = { US: 2, SS: 2, UL: 4, SL: 4, FL: 4, FD: 8, AT: 4 };
/** Written anew, or empty of meaning: character set, how a file was cleaned, padding behind the dataset. */
const OWN = ['00080005', '00120062', '00120063', '00120064', '00280303', 'FFFCFFFC', '7FE00001', '7FE00002'];

/**
 * The attributes of a dataset that there are rules for, each by its rule, at every depth.
 *
 * @throws DH_DEIDENTIFICATION_REFUSED, DH_CHAIN_INPUT_INVALID
 */
export function cleanDataset(raw: RawDataset, cleaning: DatasetCleaning): Map<string, CleanElement> {
  const clean = new Map<string, CleanElement>();
  for (const { tag, length } of raw.others) noteOther(cleaning.tally, tag, length);
  for (const [tag, element] of raw.elements) {
    const rule = ELEMENT_RULES[tag];
    if (rule === undefined) continue;
    const kept = cleanElement(tag, rule, element, cleaning);
    if (kept !== undefined) clean.set(tag, kept);
  }
  trimWaveform(raw, clean, cleaning);
  return clean;
}

function noteOther(tally: CleaningTally, tag: string, length: number): void {
  if (length === 0 || tag.endsWith('0000') || OWN.includes(tag)) return;
  const group = Number.parseInt(tag.slice(0, 4), 16);
  if (group % 2 === 1) tally.add('private attributes');
  else tally.add(Object.hasOwn(EMPTY_ELEMENTS, tag) ? 'identifying attributes' : 'attributes that no model needs');
}

function cleanElement(
  tag: string,
  rule: ElementRule,
  element: RawElement,
  cleaning: DatasetCleaning,
): CleanElement | undefined {
  const { tally, uids } = cleaning;
  const { vr, value } = element;
  const expected = [rule.vr, ...('also' in rule ? (rule.also ?? []) : [])];
  const at = `(${tag.slice(0, 4)},${tag.slice(4)})`;
  if (!expected.includes(vr)) throw refusal(`has an attribute ${at} of another VR than ${expected.join(' or ')}`);
  const texts = splitText(value);
  switch (rule.kind) {
    case 'items':
      return { vr, value: (element.items ?? []).map((item) => cleanDataset(item, cleaning)) };
    case 'codes':
      return codeSequence(element, rule.keepsLead === true, cleaning);
    case 'terms':
      return termsOf(rule, texts, at, tally);
    case 'decimal': {
      if (texts.length === 0) return { vr, value: Buffer.alloc(0) };
      const pattern = rule.vr === 'IS' ? INTEGER : DECIMAL;
      if (texts.length <= rule.most && texts.every((text) => text.length <= MOST_DECIMAL && pattern.test(text))) {
        return { vr, value: textValue(vr, texts.join('\\')) };
      }
      if (rule.vr === 'DS') throw refusal(`has an attribute ${at} that is no number of a picture or a place`);
      tally.add('numbers');
      return undefined;
    }
    case 'binary': {
      const size = NUMBER_BYTES[vr] as number;
      if (value.length % size !== 0 || value.length > size * rule.most) {
        throw invalid(`is a DICOM file with an attribute ${at} of another length than its numbers have`);
      }
      return { vr, value };
    }
    case 'bytes':
      if (value.length > rule.most) throw invalid(`is a DICOM file with an attribute ${at} that is too long`);
      return { vr, value };
    case 'uid': {
      const [uid] = texts;
      if (uid === undefined) return undefined;
      if (!tellsNothing(uid)) tally.add('UIDs');
      return { vr, value: textValue(vr, uids.of(uid)) };
    }
    case 'class':
      return { vr, value: textValue(vr, texts[0] ?? '') };
    case 'name': {
      const [name] = texts;
      if (name === undefined) return undefined;
      if (NUMBERED.test(name)) return { vr, value: textValue(vr, name) };
      if (!OWN_NAME.test(name)) tally.add('names of parts');
      return { vr, value: textValue(vr, uids.shortName(name)) };
    }
    case 'label': {
      const [label] = texts;
      if (label === undefined) return undefined;
      if (!isChannelLabel(label))
        throw refusal('has a label of a channel that is not made of names of electrodes, leads and quantities');
      return { vr, value: textValue(vr, label) };
    }
    case 'profile': {
      if (value.length === 0) return undefined;
      const { profile, removed } = cleanIccProfile(value);
      tally.add('texts of the colour profile', removed);
      return { vr, value: profile };
    }
  }
}

function termsOf(
  { vr, terms, unlisted }: Extract<ElementRule, { kind: 'terms' }>,
  texts: readonly string[],
  at: string,
  tally: CleaningTally,
): CleanElement | undefined {
  if (texts.length > MOST_TERMS) throw invalid(`is a DICOM file with an attribute ${at} of too many values`);
  const strangers = texts.filter((text) => text !== '' && !terms.includes(text)).length;
  if (strangers > 0 && unlisted === 'refuse')
    throw refusal(`has an attribute ${at} of a value that DICOM does not define`);
  tally.add('values that DICOM does not define', strangers);
  if (strangers > 0 && unlisted === 'drop') return undefined;
  const kept = texts.map((text) => (text === '' || terms.includes(text) ? text : 'OTHER'));
  return { vr, value: textValue(vr, kept.join('\\')) };
}

function codeSequence(element: RawElement, keepsLead: boolean, cleaning: DatasetCleaning): CleanElement | undefined {
  const { tally } = cleaning;
  const items: CleanDataset[] = [];
  for (const item of element.items ?? []) {
    const [code, scheme, meaning] = [CODE_ITEM.value, CODE_ITEM.scheme, CODE_ITEM.meaning].map((tag) =>
      textOf(item, tag),
    ) as [string, string, string];
    if (!CODE_VALUE.test(code) || !CODING_SCHEMES.includes(scheme)) {
      if (keepsLead) throw refusal('has a channel whose source is a code of no public scheme');
      tally.add('codes of no public scheme');
      continue;
    }
    const kept = keepsLead && isChannelLabel(meaning) ? meaning : code;
    if (kept !== meaning) tally.add('meanings of codes');
    const clean = cleanDataset(item, cleaning);
    clean.set(CODE_ITEM.value, { vr: 'SH', value: textValue('SH', code) });
    clean.set(CODE_ITEM.scheme, { vr: 'SH', value: textValue('SH', scheme) });
    clean.set(CODE_ITEM.meaning, { vr: 'LO', value: textValue('LO', kept) });
    items.push(clean);
  }
  return items.length === 0 ? undefined : { vr: 'SQ', value: items };
}

/** Samples are as many as the group says: what follows them is left out. */
function trimWaveform(raw: RawDataset, clean: Map<string, CleanElement>, { tally, isBig }: DatasetCleaning): void {
  const data = raw.elements.get('54001010');
  if (data === undefined) return;
  const [channels, samples, bits] = ['003A0005', '003A0010', '54001004'].map((tag) => numberOf(raw, tag, isBig));
  const length = (channels ?? 0) * (samples ?? 0) * ((bits ?? 0) / 8);
  if (!(length > 0) || length > data.value.length)
    throw invalid('is a DICOM file with less Waveform Data than it says');
  const kept = Buffer.from(data.value.subarray(0, length + (length % 2)));
  if (length % 2 === 1 && kept.length > length) kept[length] = 0;
  if (data.value.length > kept.length) tally.add('bytes behind the samples');
  clean.set('54001010', { vr: data.vr, value: kept });
}
