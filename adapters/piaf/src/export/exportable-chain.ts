import type { Manifest } from '@deephealth/sdk';
import {
  type ChainBinding,
  type ChainParameter,
  DEFAULT_MAX_ITEM_BYTES,
  DEFAULT_MAX_ITEMS,
} from '../bindings/processing-chain-binding.js';

/** What a description of a chain is made of: nothing else, so equal packages give equal descriptions. */
export interface ExportableChain {
  readonly manifest: Manifest;
  readonly packageSha256: string;
  readonly binding: ChainBinding;
}

/** Stands in every description, whatever the manifest says. */
export const RESEARCH_USE = 'For research use only. Not a medical device, and not for diagnosis, triage or treatment.';

/** Paragraphs that tell a reader what the chain is, what it is meant for, and which package it was made from. */
export function chainParagraphs({ manifest, packageSha256, binding }: ExportableChain): readonly string[] {
  return [
    binding.description ?? binding.title,
    RESEARCH_USE,
    `Intended use: ${manifest.intendedUse}`,
    ...manifest.limitations.map((limitation) => `Limitation: ${limitation}`),
    `Model ${manifest.name} ${manifest.version}, licence ${manifest.license}. SHA-256 of the package: ${packageSha256}.`,
  ];
}

/** What the inputs of a run are, with their limits. */
export function itemsSentence({ item }: ChainBinding): string {
  const what = {
    file: 'One file is one study',
    series: 'One folder with the DICOM files of a series is one study',
    slide: 'One whole slide is one study, as a file or as a folder of DICOM files',
  }[item.kind];
  const count = item.maxItems ?? DEFAULT_MAX_ITEMS;
  const bytes = item.maxBytes ?? DEFAULT_MAX_ITEM_BYTES;
  return (
    `${what}. Recognised by content, never by name: ${item.mediaTypes.join(', ')}. ` +
    `At most ${count} studies, each of at most ${bytes} bytes. What identifies a person is taken out, or the study is refused.`
  );
}

const MEANINGS = {
  frame: 'Frame of an image, from 0.',
  fromS: 'Begin of the part of a recording, in seconds.',
  lengthS: 'Length of the part of a recording, in seconds.',
  highlight: 'Whether the regions behind scores are found, too.',
  level: 'Level of the slide, 0 the largest.',
  micronsPerPixel: 'Micrometres of a pixel, where the slide does not state them or states them wrong.',
} as const;

/** What a parameter is, with the limits that the binding sets. */
export function parameterSentence({ name, description, minimum, maximum }: ChainParameter): string {
  const limits = [
    ...(minimum === undefined ? [] : [`at least ${minimum}`]),
    ...(maximum === undefined ? [] : [`at most ${maximum}`]),
  ];
  const meaning = description ?? MEANINGS[name];
  return limits.length === 0 ? meaning : `${meaning} Limits: ${limits.join(', ')}.`;
}

/** Exit codes of every command of ours. */
export const EXIT_CODES = {
  refused: { code: 1, description: 'An input, a parameter or the package was refused; standard error says why.' },
  usage: { code: 2, description: 'The command line is wrong.' },
  unreachable: { code: 3, description: 'The server of the model did not answer; to begin anew may help.' },
  fault: { code: 70, description: 'A fault of the software or of the machine; to begin anew may help.' },
} as const;

/** Exit codes by what they mean to an engine for CWL. */
export const CWL_EXIT_CODES = {
  successCodes: [0],
  temporaryFailCodes: [EXIT_CODES.unreachable.code, EXIT_CODES.fault.code],
  permanentFailCodes: [EXIT_CODES.refused.code, EXIT_CODES.usage.code],
} as const;

/** JSON of a document, the same bytes for the same content. */
export function toText(document: unknown): string {
  return `${JSON.stringify(document, null, 2)}\n`;
}
