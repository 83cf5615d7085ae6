import { codeItem, type DicomElements } from '@deephealth/sdk';
import { utf8 } from './from-dicom-json.js';

type Code = Parameters<typeof codeItem>[0];

/** How an item belongs to the one that it is in (PS3.3, C.17.3). */
export type Relationship = 'CONTAINS' | 'HAS CONCEPT MOD' | 'HAS OBS CONTEXT' | 'HAS ACQ CONTEXT' | 'INFERRED FROM';

function item(
  relationship: Relationship | undefined,
  valueType: string,
  name: Code | undefined,
  value: DicomElements,
  children: readonly DicomElements[] = [],
): DicomElements {
  return {
    ...(relationship === undefined ? {} : { '0040a010': ['CS', relationship] as const }),
    '0040a040': ['CS', valueType],
    ...(name === undefined ? {} : { '0040a043': ['SQ', [codeSequenceItem(name)]] as const }),
    ...value,
    ...(children.length === 0 ? {} : { '0040a730': ['SQ', children] as const }),
  };
}

/** A code of a terminology that FHIR has a URI for, or of a private scheme. */
export interface PrivateCode {
  readonly scheme: string;
  readonly code: string;
  readonly display: string;
}

function codeSequenceItem(code: Code | PrivateCode): DicomElements {
  if (!('scheme' in code)) return codeItem(code, utf8);
  return {
    '00080100': ['SH', code.code],
    '00080102': ['SH', code.scheme],
    '00080104': ['LO', utf8(code.display)],
  };
}

/** @param template of DICOM's that its content follows; for the root, which has no relationship */
export function container(
  relationship: Relationship | undefined,
  name: Code,
  children: readonly DicomElements[],
  template?: string,
): DicomElements {
  const identified: DicomElements =
    template === undefined
      ? {}
      : { '0040a504': ['SQ', [{ '00080105': ['CS', 'DCMR'], '0040db00': ['CS', template] }]] };
  return item(relationship, 'CONTAINER', name, { '0040a050': ['CS', 'SEPARATE'], ...identified }, children);
}

export function codeContent(relationship: Relationship, name: Code, value: Code): DicomElements {
  return item(relationship, 'CODE', name, { '0040a168': ['SQ', [codeItem(value, utf8)]] });
}

export function textContent(relationship: Relationship, name: Code, value: string): DicomElements {
  return item(relationship, 'TEXT', name, { '0040a160': ['UT', utf8(value)] });
}

export function uidContent(relationship: Relationship, name: Code, value: string): DicomElements {
  return item(relationship, 'UIDREF', name, { '0040a124': ['UI', value] });
}

/** @param value as DS */
export function numberContent(
  name: Code | PrivateCode,
  value: string,
  unit: Code,
  children: readonly DicomElements[] = [],
): DicomElements {
  const measured: DicomElements = { '004008ea': ['SQ', [codeItem(unit, utf8)]], '0040a30a': ['DS', value] };
  return {
    ...item('CONTAINS', 'NUM', undefined, { '0040a300': ['SQ', [measured]] }, children),
    '0040a043': ['SQ', [codeSequenceItem(name)]],
  };
}

/** @param reference Referenced SOP Class and Instance */
export function imageContent(
  relationship: Relationship,
  name: Code | undefined,
  reference: DicomElements,
  children: readonly DicomElements[] = [],
): DicomElements {
  return item(relationship, 'IMAGE', name, { '00081199': ['SQ', [reference]] }, children);
}
