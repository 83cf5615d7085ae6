import { TERMS } from './code-vocabulary.js';

/** What is kept of a value. All attributes without a rule are left out. */
export type ElementRule =
  /** Coded string: values that are listed. `other`: another one becomes OTHER; `drop`: the attribute is left out; `refuse`. */
  | {
      readonly kind: 'terms';
      readonly vr: string;
      readonly terms: readonly string[];
      readonly unlisted: 'other' | 'drop' | 'refuse';
    }
  /** DS or IS: numbers, at most `most` of them. */
  | { readonly kind: 'decimal'; readonly vr: 'DS' | 'IS'; readonly most: number }
  /** Binary numbers. */
  | { readonly kind: 'binary'; readonly vr: string; readonly also?: readonly string[]; readonly most: number }
  /** Tables and samples: bytes. */
  | { readonly kind: 'bytes'; readonly vr: string; readonly also: readonly string[]; readonly most: number }
  /** UI of an instance, mapped. */
  | { readonly kind: 'uid'; readonly vr: 'UI' }
  /** UI of a SOP class that is taken. */
  | { readonly kind: 'class'; readonly vr: 'UI' }
  | { readonly kind: 'items'; readonly vr: 'SQ' }
  /** A sequence of codes: scheme and value of public schemes; the meaning becomes the value. */
  | { readonly kind: 'codes'; readonly vr: 'SQ'; readonly keepsLead?: boolean }
  /** Name that frames refer to each other by. */
  | { readonly kind: 'name'; readonly vr: 'SH' }
  /** Name of a channel. */
  | { readonly kind: 'label'; readonly vr: 'SH' }
  | { readonly kind: 'profile'; readonly vr: 'OB' };

type Terms = keyof typeof TERMS;

const terms = (name: Terms, unlisted: 'other' | 'drop' | 'refuse' = 'drop'): ElementRule => ({
  ...{ kind: 'terms', vr: name === 'rescaleType' ? 'LO' : 'CS', unlisted },
  terms: TERMS[name],
});
const decimal = (most = 1): ElementRule => ({ kind: 'decimal', vr: 'DS', most });
const count = (most = 1): ElementRule => ({ kind: 'decimal', vr: 'IS', most });
const binary = (vr: string, most = 1, ...also: string[]): ElementRule => ({ kind: 'binary', vr, most, also });
const bytes = (most: number, ...also: string[]): ElementRule => ({ kind: 'bytes', vr: 'OW', also, most });
/** Entries of a table are counted with 16 bits, and have as many. */
const MOST_TABLE = 2 ** 17;
const uid: ElementRule = { kind: 'uid', vr: 'UI' };
const items: ElementRule = { kind: 'items', vr: 'SQ' };
const codes: ElementRule = { kind: 'codes', vr: 'SQ' };
const name: ElementRule = { kind: 'name', vr: 'SH' };

/**
 * The attributes that a model, or where its findings lie, may depend on: an allow-list, in place of the table of what
 * is to be removed (PS3.15, E.1-1). The same list holds at every depth.
 */
export const ELEMENT_RULES: Readonly<Record<string, ElementRule>> = {
  // What it is.
  '00080008': terms('imageType', 'other'),
  '00080016': { kind: 'class', vr: 'UI' },
  '00080018': uid,
  '00080060': terms('modality', 'refuse'),
  '00080068': terms('intent'),
  '00089007': terms('imageType', 'other'),
  '00089205': terms('pixelPresentation'),
  '00089206': terms('volumetric'),
  '00089207': terms('volumeTechnique'),
  '00089208': terms('complexComponent'),
  '00089209': terms('contrast'),
  ...{ '0020000D': uid, '0020000E': uid, '00200052': uid, '00200242': uid, '00209161': uid, '00209164': uid },
  ...{ '00200011': count(), '00200012': count(), '00200013': count() },
  // Of which part of a body, and how it lay.
  '00180015': terms('bodyPart'),
  '00185100': terms('patientPosition'),
  '00185101': terms('viewPosition'),
  ...{ '00200060': terms('laterality'), '00200062': terms('laterality'), '00209072': terms('laterality') },
  '00200020': terms('patientOrientation'),
  ...{
    '00082218': codes,
    '00082220': codes,
    '00082228': codes,
    '00082230': codes,
    '00540220': codes,
    '00540222': codes,
  },
  '00209071': items,
  // How it was taken, as far as pixels and models depend on it.
  '00180020': terms('scanningSequence'),
  '00180021': terms('sequenceVariant'),
  '00180023': terms('acquisitionType'),
  ...{
    '00180050': decimal(),
    '00180060': decimal(),
    '00180080': decimal(),
    '00180081': decimal(),
    '00180082': decimal(),
  },
  ...{
    '00180083': decimal(),
    '00180084': decimal(),
    '00180087': decimal(),
    '00180088': decimal(),
    '00180091': count(),
  },
  ...{ '00181114': decimal(), '00181164': decimal(2), '00181314': decimal() },
  ...{ '00541001': terms('petUnits'), '00541102': terms('decay') },
  // Where it lies.
  ...{ '00200032': decimal(3), '00200037': decimal(6), '00201041': decimal() },
  ...{ '00280030': decimal(2), '00280034': count(2), '00280A02': terms('calibration') },
  // Frames.
  '00209056': name,
  ...{ '00209057': binary('UL'), '00209128': binary('UL'), '00209156': binary('US'), '00209157': binary('UL', 32) },
  ...{ '00209162': binary('US'), '00209163': binary('US'), '00209228': binary('UL') },
  ...{ '00209165': binary('AT'), '00209167': binary('AT'), '00209311': terms('organization') },
  ...{ '00209111': items, '00209113': items, '00209116': items, '00209221': items, '00209222': items },
  ...{
    '00189226': items,
    '00189329': items,
    '00189751': items,
    '00289110': items,
    '00289132': items,
    '00289145': items,
  },
  ...{ '52009229': items, '52009230': items },
  // Pixels.
  '00280004': terms('photometric', 'refuse'),
  ...{ '00280002': binary('US'), '00280006': binary('US'), '00280008': count(), '00280009': binary('AT', 4) },
  ...{ '00280010': binary('US'), '00280011': binary('US') },
  ...{ '00280100': binary('US'), '00280101': binary('US'), '00280102': binary('US'), '00280103': binary('US') },
  ...{ '00280106': binary('US', 1, 'SS'), '00280107': binary('US', 1, 'SS') },
  ...{ '00280108': binary('US', 1, 'SS'), '00280109': binary('US', 1, 'SS') },
  ...{ '00280120': binary('US', 1, 'SS'), '00280121': binary('US', 1, 'SS') },
  ...{ '00280301': terms('yesNo'), '00280302': terms('yesNo') },
  ...{ '00281040': terms('intensity'), '00281041': binary('SS') },
  ...{ '00281050': decimal(16), '00281051': decimal(16), '00281052': decimal(), '00281053': decimal() },
  ...{ '00281054': terms('rescaleType'), '00281056': terms('voiFunction') },
  ...{ '00281101': binary('US', 3, 'SS'), '00281102': binary('US', 3, 'SS'), '00281103': binary('US', 3, 'SS') },
  ...{ '00281201': bytes(MOST_TABLE), '00281202': bytes(MOST_TABLE), '00281203': bytes(MOST_TABLE) },
  ...{ '00281221': bytes(MOST_TABLE), '00281222': bytes(MOST_TABLE), '00281223': bytes(MOST_TABLE) },
  '00282000': { kind: 'profile', vr: 'OB' },
  ...{
    '00282002': terms('colorSpace'),
    '00282110': terms('lossy'),
    '00282112': decimal(8),
    '00282114': terms('lossyMethod'),
  },
  ...{ '00283000': items, '00283010': items, '00283002': binary('US', 3, 'SS'), '00283004': terms('rescaleType') },
  '00283006': bytes(MOST_TABLE, 'US', 'SS'),
  // Whole slides.
  ...{
    '00480001': binary('FL'),
    '00480002': binary('FL'),
    '00480003': binary('FL'),
    '00480006': binary('UL'),
    '00480007': binary('UL'),
  },
  ...{ '00480008': items, '00480010': terms('yesNo'), '00480011': terms('focusMethod'), '00480012': terms('yesNo') },
  ...{
    '00480013': binary('US'),
    '00480014': binary('FL'),
    '00480102': decimal(6),
    '00480105': items,
    '00480106': name,
  },
  ...{ '00480108': codes, '00480112': decimal(), '00480113': decimal(), '00480207': items, '0048021A': items },
  ...{
    '0048021E': binary('SL'),
    '0048021F': binary('SL'),
    '00480301': terms('pixelOrigin'),
    '00480302': binary('UL'),
    '00480303': binary('UL'),
  },
  ...{
    '0040072A': decimal(),
    '0040073A': decimal(),
    '0040074A': decimal(),
    '00220016': codes,
    '00220055': binary('FL'),
  },
  // Waveforms.
  ...{
    '54000100': items,
    '00181068': decimal(),
    '003A0004': terms('waveformOriginality'),
    '003A0005': binary('US'),
    '003A0010': binary('UL'),
  },
  ...{ '003A001A': decimal(), '003A0200': items, '003A0202': count(), '003A0205': terms('channelStatus') },
  '003A0203': { kind: 'label', vr: 'SH' },
  '003A0208': { kind: 'codes', vr: 'SQ', keepsLead: true },
  ...{ '003A0210': decimal(), '003A0211': codes, '003A0212': decimal(), '003A0213': decimal(), '003A0214': decimal() },
  ...{
    '003A0215': decimal(),
    '003A0218': decimal(),
    '003A021A': binary('US'),
    '003A0220': decimal(),
    '003A0221': decimal(),
    '003A0222': decimal(),
  },
  ...{
    '54001004': binary('US'),
    '54001006': terms('sampleInterpretation'),
    '5400100A': bytes(4, 'OB'),
    '54001010': bytes(Number.POSITIVE_INFINITY, 'OB'),
  },
};

/** Members of an item of codes; they have rules only there. */
export const CODE_ITEM = { value: '00080100', scheme: '00080102', meaning: '00080104' } as const;

/** Attributes that a module requires, empty (type 2): readers expect them to be there. */
export const EMPTY_ELEMENTS: Readonly<Record<string, string>> = {
  ...{ '00080020': 'DA', '00080030': 'TM', '00080050': 'SH', '00080090': 'PN' },
  ...{ '00100010': 'PN', '00100020': 'LO', '00100030': 'DA', '00100040': 'CS', '00200010': 'SH' },
};
