import { DeepHealthError, type Manifest } from '@deephealth/sdk';
import type { Priority } from '../lifecycle/priority.js';
import type { SequenceContext } from '../sequences/sequence-table.js';
import { booleanOf, int64Of, integerOf, type Parameter, textOf, unsupported, wrongType } from './parameter-value.js';

type Parameters = Readonly<Record<string, Parameter>>;

/** What the parameters of a ModelInfer request say, besides its place in a sequence. */
export interface RequestParameters {
  readonly priority: Priority;
  /** Time that the caller gives the request, in ms; undefined for no limit of its own. */
  readonly timeoutMs: number | undefined;
  /** The caller wants to be told which response is the last one; it is always the only one. */
  readonly wantsFinalMark: boolean;
}

/**
 * Reads the parameters of a request.
 *
 * A parameter may change what a request means, so a reserved one that this server does not keep is
 * refused, not skipped. One of a name that the protocol leaves to models is accepted and has no
 * effect: a graph reads none.
 *
 * Throws DH_PARAMETER_INVALID or DH_PARAMETER_UNSUPPORTED.
 */
export function requestParameters(parameters: Parameters): RequestParameters {
  for (const name of Object.keys(parameters)) {
    if (!KEPT.has(name) && RESERVED.test(name)) throw unsupported(name, '');
  }
  const { priority, timeout, triton_enable_empty_final_response: finalMark } = parameters;
  return {
    priority: priority === undefined ? 'ROUTINE' : toPriority(integerOf('priority', priority, 0n)),
    timeoutMs: timeout === undefined ? undefined : toTimeoutMs(int64Of('timeout', timeout, 0n)),
    wantsFinalMark: finalMark !== undefined && booleanOf('triton_enable_empty_final_response', finalMark),
  };
}

const KEPT = new Set([
  'sequence_id',
  'sequence_start',
  'sequence_end',
  'priority',
  'timeout',
  'triton_enable_empty_final_response',
  // Says in which form HTTP wants its answer; here there is one form only.
  'binary_data_output',
]);
const RESERVED = /^(?:sequence_|triton_|headers$)/;

/** 1 is the most urgent of Triton's levels and 0 stands for the default one, which is the middle here. */
function toPriority(level: bigint): Priority {
  if (level === 1n) return 'STAT';
  return level <= 2n ? 'ROUTINE' : 'BATCH';
}

/** From microseconds. Unlike Triton's, it holds for the run too, not only for the queue. */
function toTimeoutMs(timeoutUs: bigint): number | undefined {
  return timeoutUs === 0n ? undefined : Number(timeoutUs) / 1000;
}

/**
 * Where the request belongs; undefined for one that says nothing of a sequence, as clients do with
 * an id of 0. A number and the text of its digits name the same sequence.
 * Throws DH_PARAMETER_INVALID.
 *
 * @param owner tenant of the caller
 */
export function sequenceContext(
  { sequence_id, sequence_start, sequence_end }: Parameters,
  owner = '',
): SequenceContext | undefined {
  const id = sequence_id === undefined ? '' : toSequenceId(sequence_id);
  const isStart = sequence_start !== undefined && booleanOf('sequence_start', sequence_start);
  const isEnd = sequence_end !== undefined && booleanOf('sequence_end', sequence_end);
  if (id === '' && !isStart && !isEnd) return undefined;
  return { id, isStart, isEnd, ...(owner !== '' && { owner }) };
}

function toSequenceId(value: Parameter): string {
  const number = value.int64Param ?? value.uint64Param;
  // Clients with 64-bit ids send those above 2^63 as negative numbers.
  if (number !== undefined) return BigInt(number) === 0n ? '' : String(BigInt.asUintN(64, BigInt(number)));
  if (value.stringParam === undefined) throw wrongType('sequence_id', 'int64_param or string_param');
  const id = textOf('sequence_id', value);
  if (/^[\x20-\x7e]{0,128}$/.test(id)) return id;
  throw new DeepHealthError(
    'DH_PARAMETER_INVALID',
    `invalid value for 'sequence_id', expected at most 128 printable ASCII characters.`,
    { details: { parameter: 'sequence_id' } },
  );
}

/**
 * Throws DH_PARAMETER_UNSUPPORTED for a sequence where the model keeps no state, and
 * DH_SEQUENCE_ID_MISSING for a request without one where it does.
 */
export function checkSequence(manifest: Manifest, sequence: SequenceContext | undefined): void {
  if (manifest.sequence === undefined) {
    if (sequence !== undefined) throw unsupported('sequence_id', ` for model '${manifest.name}', which keeps no state`);
  } else if (sequence === undefined || sequence.id === '') {
    throw new DeepHealthError(
      'DH_SEQUENCE_ID_MISSING',
      `inference request to model '${manifest.name}' must specify a non-zero or non-empty correlation ID in the parameter 'sequence_id'`,
      { details: { parameter: 'sequence_id' } },
    );
  }
}
