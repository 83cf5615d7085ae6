import { type DicomElement, sequence, text } from './dicom-elements.js';

/** A code, as an item of a sequence. */
function code(value: string, scheme: string, meaning: string): DicomElement[] {
  return [text(0x00080100, 'SH', value), text(0x00080102, 'SH', scheme), text(0x00080104, 'LO', meaning)];
}

const DERIVED = 'DERIVED\\PRIMARY\\VOLUME\\NONE';

/** What a VL Whole Slide Microscopy Image must state beside its pixels (PS3.3, A.32.8), of a slide that never was. */
export function slideModules(uid: string): DicomElement[] {
  return [
    // Patient, study, series, equipment.
    ...[text(0x00100030, 'DA', ''), text(0x00100040, 'CS', '')],
    ...[text(0x00080030, 'TM', '101500'), text(0x00080090, 'PN', ''), text(0x00200010, 'SH', '1')],
    ...[text(0x00080050, 'SH', ''), text(0x00200011, 'IS', '1'), text(0x00201040, 'LO', 'SLIDE_CORNER')],
    ...[
      text(0x00080070, 'LO', 'DeepHealth conformance'),
      text(0x00081090, 'LO', 'Painted'),
      text(0x00181000, 'LO', '1'),
    ],
    text(0x00181020, 'LO', '1'),
    // Image.
    ...[text(0x00200013, 'IS', '1'), text(0x00080023, 'DA', '20240229'), text(0x00080033, 'TM', '101500')],
    ...[text(0x0008002a, 'DT', '20240229101500'), text(0x00282110, 'CS', '00'), text(0x00089206, 'CS', 'VOLUME')],
    ...[text(0x00480010, 'CS', 'NO'), text(0x00280301, 'CS', 'NO'), text(0x00480011, 'CS', 'AUTO')],
    ...[text(0x00480012, 'CS', 'NO'), sequence(0x00400555)],
    // Frames.
    sequence(0x00209221, [text(0x00209164, 'UI', `${uid}.6`)]),
    sequence(0x00209222, position(`${uid}.6`, 0x0048021e), position(`${uid}.6`, 0x0048021f)),
    // Specimen.
    ...[text(0x00400512, 'LO', 'PAINTED'), sequence(0x00400513), sequence(0x00400518)],
    sequence(0x00400560, [
      ...[text(0x00400551, 'LO', 'PAINTED'), text(0x00400554, 'UI', `${uid}.7`)],
      ...[sequence(0x00400562), sequence(0x00400610)],
    ]),
    // Optical path.
    sequence(0x00480105, [
      text(0x00480106, 'SH', '1'),
      sequence(0x00220015, code('R-102C0', 'SRT', 'Full Spectrum')),
      sequence(0x00220016, code('111744', 'DCM', 'Brightfield illumination')),
      sequence(0x00480108, code('414298005', 'SCT', 'Full Spectrum')),
    ]),
  ];
}

/** Functional groups that all frames share, beside the size of a pixel. */
export function sharedGroups(): DicomElement[] {
  return [sequence(0x00400710, [text(0x00089007, 'CS', DERIVED)]), sequence(0x00480207, [text(0x00480106, 'SH', '1')])];
}

function position(organization: string, pointer: number): DicomElement[] {
  const tag = (value: number) => {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt16LE(value >>> 16);
    bytes.writeUInt16LE(value & 0xffff, 2);
    return bytes;
  };
  return [
    text(0x00209164, 'UI', organization),
    { tag: 0x00209165, vr: 'AT', value: tag(pointer) },
    { tag: 0x00209167, vr: 'AT', value: tag(0x0048021a) },
  ];
}
