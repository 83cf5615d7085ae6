import { type DicomElements, dicomFile, dicomImage, dicomWaveform } from '@deephealth/sdk/testing';
import { jpegWithComment, streamWithComment } from './planted-pictures.js';

const CT = '1.2.840.10008.5.1.4.1.1.2';
const SLIDE = '1.2.840.10008.5.1.4.1.1.77.1.6';
const pixels = Uint8Array.from({ length: 12 }, (_, index) => index);
const REQUIRED: DicomElements = {
  '00080016': ['UI', CT],
  '00080060': ['CS', 'CT'],
  '00080018': ['UI', '1.2.3.1'],
  '0020000d': ['UI', '1.2.3.2'],
  '0020000e': ['UI', '1.2.3.3'],
};

/** Elements everywhere that hold the same bytes. */
function plantedElements(planted: Buffer): DicomElements {
  const even = Buffer.concat([planted, Buffer.alloc(planted.length % 2, 0x20)]);
  const code = (scheme: string): DicomElements => ({
    '00080100': ['SH', '12738006'],
    '00080102': ['SH', scheme],
    '00080104': ['LO', even],
    '00090010': ['LO', even],
  });
  const privately: DicomElements = {
    '00090010': ['LO', even],
    '00091001': ['UN', even],
    '00091002': ['SQ', [{ '00100010': ['PN', even] }]],
  };
  const publicly = Object.fromEntries(
    [
      'PN 00100010',
      'LO 00100020',
      'DA 00100030',
      'LO 00101000',
      'LO 00101040',
      'SH 00080050',
      'LO 00080080',
      'ST 00080081',
      'PN 00080090',
    ]
      .concat([
        'LO 00081030',
        'LO 0008103e',
        'LT 00204000',
        'LT 00104000',
        'LO 00181030',
        'SH 00200010',
        'LO 00181000',
        'DA 00080020',
        'TM 00080030',
      ])
      .concat([
        'DT 0008002a',
        'UT 00189185',
        'UN 0040a124',
        'AE 00400241',
        'SH 00402016',
        'LO 00281055',
        'PN 50003000',
        'OB 00420011',
        'LT 60004000',
      ])
      .map((one) => [one.slice(3), [one.slice(0, 2), even] as const]),
  );
  const described: DicomElements = {
    // Where something is kept, by its rule.
    '00080008': [
      'CS',
      Buffer.concat([Buffer.from('ORIGINAL\\PRIMARY\\'), even, Buffer.from(even.length % 2 ? '' : ' ')]),
    ],
    '00180015': ['CS', even],
    '00080068': ['CS', even],
    '00200013': ['IS', even],
    '00200062': ['CS', even],
    '00082218': ['SQ', [code('SCT'), code('99LOCAL'), privately]],
    '00283010': [
      'SQ',
      [{ '00283002': ['US', [1, 0, 16]], '00283003': ['LO', even], '00283006': ['US', [7]], ...privately }],
    ],
    '52009229': [
      'SQ',
      [
        {
          '00209116': ['SQ', [{ '00200037': ['DS', '1\\0\\0\\0\\1\\0'], ...privately }]],
          '00081140': ['SQ', [{ '00081155': ['UI', even] }]],
        },
      ],
    ],
    '52009230': [
      'SQ',
      [
        {
          '00209111': ['SQ', [{ '00209056': ['SH', even], '00209453': ['LO', even], '00189074': ['DT', even] }]],
          ...privately,
        },
      ],
    ],
    fffcfffc: ['OB', even],
  };
  return { ...publicly, ...privately, ...described };
}

/** DICOM files that hold the planted bytes in many places and must be cleaned. */
export function plantedDicom(planted: Buffer): Record<string, Buffer> {
  const even = Buffer.concat([planted, Buffer.alloc(planted.length % 2)]);
  const uids: DicomElements = Object.fromEntries(
    ['00080018', '0020000d', '0020000e', '00200052', '00209161'].map((tag) => [tag, ['UI', even] as const]),
  );
  const everywhere = { ...REQUIRED, ...plantedElements(planted), ...uids };
  const native = (syntax: string) =>
    dicomImage({
      pixels,
      syntax,
      elements: syntax.endsWith('1.2.2') ? { ...REQUIRED, ...publicOnly(planted) } : everywhere,
    });
  const slide: DicomElements = {
    ...everywhere,
    '00080016': ['UI', SLIDE],
    '00080060': ['CS', 'SM'],
    '00080008': ['CS', 'ORIGINAL\\PRIMARY\\VOLUME '],
    '00400512': ['LO', even],
    '00400560': ['SQ', [{ '00400551': ['LO', even] }]],
    '00480105': ['SQ', [{ '00480106': ['SH', even], '00480107': ['ST', even] }]],
  };
  const waveform = dicomWaveform([{ channels: [{ label: 'I' }], samples: [[1], [2]] }], undefined, {
    ...everywhere,
    '00080016': ['UI', '1.2.840.10008.5.1.4.1.1.9.1.1'],
    '00080060': ['CS', 'ECG'],
    '0040b020': ['SQ', [{ '00700006': ['ST', even] }]],
  });
  const head = dicomFile({});
  const withPreamble = Buffer.concat([even, native('1.2.840.10008.1.2.1').subarray(even.length)]);
  return {
    'explicit VR': native('1.2.840.10008.1.2.1'),
    'big endian': native('1.2.840.10008.1.2.2'),
    'implicit VR': implicitFile(planted),
    deflated: native('1.2.840.10008.1.2.1.99'),
    'planted preamble and end': Buffer.concat([even.length < 128 ? withPreamble : head, even]),
    'comments in JPEG': dicomImage({
      ...{ rows: 16, columns: 16, allocated: 8, syntax: '1.2.840.10008.1.2.4.50', elements: everywhere },
      pixels: [jpegWithComment(even)],
    }),
    'comments in JPEG 2000': dicomImage({
      ...{ rows: 16, columns: 16, allocated: 8, syntax: '1.2.840.10008.1.2.4.90', elements: everywhere },
      pixels: [streamWithComment(even)],
    }),
    'whole slide': dicomImage({ pixels, elements: slide }),
    waveform,
  };
}

/** As the writer turns numbers around for big endian, but not the bytes of texts. */
function publicOnly(planted: Buffer): DicomElements {
  const even = Buffer.concat([planted, Buffer.alloc(planted.length % 2, 0x20)]);
  return { '00100010': ['PN', even], '00204000': ['LT', even], '00091001': ['LO', even], '00080018': ['UI', even] };
}

/** Implicit VR, little endian, with sequences whose ends are marked, also of unknown and of private attributes. */
function implicitFile(planted: Buffer): Buffer {
  const even = Buffer.concat([planted, Buffer.alloc(planted.length % 2, 0x20)]);
  const head = (tag: string, length: number) => {
    const bytes = Buffer.alloc(8);
    bytes.writeUInt16LE(Number.parseInt(tag.slice(0, 4), 16), 0);
    bytes.writeUInt16LE(Number.parseInt(tag.slice(4), 16), 2);
    bytes.writeUInt32LE(length, 4);
    return bytes;
  };
  const element = (tag: string, value: Buffer | string) => {
    const bytes = Buffer.from(value);
    const padded = Buffer.concat([bytes, Buffer.alloc(bytes.length % 2, tag.startsWith('0028') ? 0x20 : 0)]);
    return Buffer.concat([head(tag, padded.length), padded]);
  };
  const number = (tag: string, value: number) => element(tag, Buffer.from([value, 0]));
  const open = 0xffffffff;
  const sequence = (tag: string, ...items: Buffer[]) =>
    Buffer.concat([
      head(tag, open),
      ...items.flatMap((item) => [head('fffee000', open), item, head('fffee00d', 0)]),
      head('fffee0dd', 0),
    ]);
  const nested = sequence('00081140', sequence('00091010', element('00100010', even)), element('00081155', even));
  const body = [
    element('00080016', CT),
    element('00080018', even),
    element('00080050', even),
    element('00080060', 'CT'),
    nested,
    element('00091001', even),
    sequence('00091002', element('00091003', even), nested),
    element('00100010', even),
    element('0020000d', even),
    element('0020000e', even),
    number('00280002', 1),
    element('00280004', 'MONOCHROME2 '),
    number('00280010', 2),
    number('00280011', 3),
    number('00280100', 16),
    number('00280101', 16),
    number('00280102', 15),
    number('00280103', 0),
    sequence(
      '52009229',
      sequence('00209116', Buffer.concat([element('00091001', even), element('00200037', '1\\0\\0\\0\\1\\0')])),
    ),
    element('7fe00010', Buffer.from(pixels)),
  ];
  const meta = element('00020010', '1.2.840.10008.1.2');
  const explicitMeta = Buffer.concat([
    meta.subarray(0, 4),
    Buffer.from('UI'),
    Buffer.from([meta.length - 8, 0]),
    meta.subarray(8),
  ]);
  return Buffer.concat([Buffer.alloc(128), Buffer.from('DICM'), explicitMeta, ...body]);
}
