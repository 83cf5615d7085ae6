import { DeepHealthError } from '@deephealth/sdk';
import { shorten } from '../admission/admit-request.js';
import { int64Of, type Parameter, textOf, unsupported } from './parameter-value.js';
import { type SharedMemoryRegions, usableRegions } from './shared-memory/shared-memory-regions.js';

type Parameters = Readonly<Record<string, Parameter>>;

/** A part of a registered shared-memory region, in bytes. */
export interface RegionPart {
  readonly region: string;
  readonly offset: bigint;
  readonly byteSize: bigint;
}

const SHARED_MEMORY = ['shared_memory_region', 'shared_memory_byte_size', 'shared_memory_offset'];

/** Where the bytes of an input lie; undefined if they are in the message. */
export function inputRegion(
  parameters: Parameters,
  sharedMemory: SharedMemoryRegions | undefined,
): RegionPart | undefined {
  if (isEmpty(parameters)) return undefined;
  refuseOthers(parameters, SHARED_MEMORY);
  return regionOf(parameters, sharedMemory);
}

/** What is asked of one output besides its name. */
export interface OutputWish {
  readonly region: RegionPart | undefined;
  /** Number of classes wanted per row; undefined for the tensor itself. */
  readonly classes: bigint | undefined;
}

/** Throws DH_PARAMETER_INVALID or DH_PARAMETER_UNSUPPORTED. */
export function outputWish(parameters: Parameters, sharedMemory: SharedMemoryRegions | undefined): OutputWish {
  if (isEmpty(parameters)) return { region: undefined, classes: undefined };
  refuseOthers(parameters, [...SHARED_MEMORY, 'classification']);
  const { classification } = parameters;
  const classes = classification === undefined ? undefined : int64Of('classification', classification, 1n);
  const region = regionOf(parameters, sharedMemory);
  if (region !== undefined && classes !== undefined) {
    throw unsupported('classification', " together with 'shared_memory_region'");
  }
  return { region, classes };
}

function isEmpty(parameters: Parameters): boolean {
  for (const _name in parameters) return false;
  return true;
}

function regionOf(parameters: Parameters, sharedMemory: SharedMemoryRegions | undefined): RegionPart | undefined {
  const [region, byteSize, offset] = SHARED_MEMORY.map((name) => parameters[name]);
  if (region === undefined) {
    const [orphan] = SHARED_MEMORY.filter((name) => parameters[name] !== undefined);
    if (orphan !== undefined) throw unsupported(orphan, " without 'shared_memory_region'");
    return undefined;
  }
  usableRegions(sharedMemory);
  return {
    region: textOf('shared_memory_region', region),
    byteSize: int64Of('shared_memory_byte_size', byteSize ?? {}, 0n),
    offset: offset === undefined ? 0n : int64Of('shared_memory_offset', offset, 0n),
  };
}

/** Ways of MLServer's codecs to read a tensor that leave its elements as they are. */
const PLAIN_CONTENT = ['np', 'pd', 'str', 'datetime'];

/** Parameters that say which form HTTP uses are harmless; any other may change the meaning. */
function refuseOthers(parameters: Parameters, known: readonly string[]): void {
  for (const name of Object.keys(parameters)) {
    if (name === 'content_type') checkContentType(parameters[name] as Parameter);
    else if (!known.includes(name) && !name.startsWith('binary_data')) throw unsupported(name, ' on a tensor');
  }
}

/** "base64", for one, asks for elements that are decoded first: what the graph would get is not what was meant. */
function checkContentType(parameter: Parameter): void {
  const contentType = textOf('content_type', parameter);
  if (PLAIN_CONTENT.includes(contentType)) return;
  throw new DeepHealthError(
    'DH_PARAMETER_UNSUPPORTED',
    `Parameter 'content_type' is '${shorten(contentType)}', expected one of: ${PLAIN_CONTENT.join(', ')}. Elements are taken as they come, nothing is decoded.`,
    { details: { parameter: 'content_type', expected: PLAIN_CONTENT.join(', '), received: shorten(contentType) } },
  );
}
