import {
  type ChainBinding,
  type ChainParameter,
  DEFAULT_MAX_ITEMS,
  PARAMETER_TYPES,
} from '../bindings/processing-chain-binding.js';
import { chainId } from '../bindings/read-chain-package.js';
import { processId } from '../ogc/process-id.js';
import { type ExportableChain, itemsSentence, parameterSentence, RESEARCH_USE } from './exportable-chain.js';
import { OGC_FILES_OUTPUT, OGC_OUTPUTS } from './ogc-outputs.js';

/** A schema of JSON Schema 2020-12. */
type JsonSchema = Readonly<Record<string, unknown>>;

export interface OgcMetadata {
  readonly role: string;
  readonly title: string;
  readonly value: string;
}

/** `processSummary` of OGC API - Processes - Part 1, without its links: those are of whoever serves it. */
export interface OgcProcessSummary {
  readonly id: string;
  readonly title: string;
  readonly description: string;
  readonly version: string;
  readonly keywords: readonly string[];
  readonly metadata: readonly OgcMetadata[];
  readonly jobControlOptions: readonly ['async-execute', 'dismiss'];
  readonly outputTransmission: readonly ['reference'];
}

export interface OgcInputDescription {
  readonly title: string;
  readonly description: string;
  readonly minOccurs: number;
  readonly maxOccurs: number;
  readonly schema: JsonSchema;
  /** Of a study that is a folder: there is no way to write one into a request. */
  readonly valuePassing?: readonly ['byReference'];
}

export interface OgcOutputDescription {
  readonly title: string;
  readonly schema: JsonSchema;
}

/** `process` of OGC API - Processes - Part 1. */
export interface OgcProcess extends OgcProcessSummary {
  readonly inputs: Readonly<Record<string, OgcInputDescription>>;
  readonly outputs: Readonly<Record<string, OgcOutputDescription>>;
}

/** A chain as it stands in the list of processes. */
export function exportOgcSummary(chain: ExportableChain): OgcProcessSummary {
  const { manifest, packageSha256, binding } = chain;
  const says = (role: string, title: string, value: string): OgcMetadata => ({ role, title, value });
  return {
    id: processId(chainId(manifest, binding)),
    title: binding.title,
    description: `${binding.description ?? binding.title} ${RESEARCH_USE}`,
    version: manifest.version,
    keywords: ['medical imaging', 'deep learning', manifest.name, binding.item.kind],
    metadata: [
      says('disclaimer', 'Research use', RESEARCH_USE),
      says('intended-use', 'Intended use', manifest.intendedUse),
      ...manifest.limitations.map((limitation) => says('limitation', 'Limitation', limitation)),
      says('license', 'Licence of the model', manifest.license),
      says('model', 'Model', `${manifest.name} ${manifest.version}`),
      says('package-sha256', 'SHA-256 of the package', packageSha256),
    ],
    jobControlOptions: ['async-execute', 'dismiss'],
    outputTransmission: ['reference'],
  };
}

/** A chain as a process of OGC API - Processes - Part 1 (1.0, and the draft of 2.0), with inputs and outputs. */
export function exportOgcProcess(chain: ExportableChain): OgcProcess {
  const { binding } = chain;
  return {
    ...exportOgcSummary(chain),
    inputs: {
      studies: studiesDescription(binding),
      ...Object.fromEntries(
        (binding.parameters ?? []).map((parameter) => [parameter.name, parameterDescription(parameter)]),
      ),
    },
    outputs: {
      ...Object.fromEntries(
        Object.entries(OGC_OUTPUTS).map(([name, { title, mediaType }]) => [
          name,
          { title, schema: { type: 'string', contentMediaType: mediaType } },
        ]),
      ),
      [OGC_FILES_OUTPUT.name]: {
        title: 'Files of each study: masks, regions and maps',
        schema: { type: 'array', items: LINK },
      },
    },
  };
}

const LINK: JsonSchema = {
  type: 'object',
  required: ['href'],
  properties: {
    href: { type: 'string', format: 'uri-reference' },
    type: { type: 'string' },
    title: { type: 'string' },
  },
};

function studiesDescription(binding: ChainBinding): OgcInputDescription {
  const { item } = binding;
  const files = item.mediaTypes.map((type) => ({
    type: 'string',
    contentEncoding: 'base64',
    contentMediaType: type,
  }));
  const described = {
    title: 'Studies',
    description: itemsSentence(binding),
    minOccurs: 1,
    maxOccurs: item.maxItems ?? DEFAULT_MAX_ITEMS,
  };
  if (item.kind === 'series') return { ...described, schema: LINK, valuePassing: ['byReference'] };
  const [only, ...others] = files;
  return { ...described, schema: only !== undefined && others.length === 0 ? only : { oneOf: files } };
}

function parameterDescription(parameter: ChainParameter): OgcInputDescription {
  const { name, default: value, minimum, maximum } = parameter;
  return {
    title: name,
    description: parameterSentence(parameter),
    minOccurs: 0,
    maxOccurs: 1,
    schema: {
      type: PARAMETER_TYPES[name],
      ...(value === undefined ? {} : { default: value }),
      ...(minimum === undefined ? {} : { minimum }),
      ...(maximum === undefined ? {} : { maximum }),
    },
  };
}
