import type { InputSpec, Matcher } from '../cases/case-types.js';

/** How a tensor travels: over gRPC, as JSON over HTTP, or over HTTP behind the JSON (binary tensor data). */
export type Face = 'grpc' | 'json' | 'binary';

/** A question to a server of the Open Inference Protocol. Exactly one of `ask`, `infer` and `http`. */
export interface OipStep {
  readonly ask?: AskSpec;
  readonly infer?: InferSpec;
  readonly http?: HttpSpec;
  readonly expect?: OipExpectation;
}

export interface AskSpec {
  readonly what: 'live' | 'ready' | 'model-ready' | 'server-metadata' | 'model-metadata';
  readonly over: 'grpc' | 'http';
  /** Model of the suite; the target's own name for it is asked for. */
  readonly model?: string;
  /** Another name than the target's. */
  readonly modelName?: string;
  readonly version?: VersionWord;
}

/**
 * `listed` and `unlisted` are of the versions in the model's metadata; the case does not apply where it has none.
 * `unknown` is one that nothing has, whatever the metadata say.
 */
export type VersionWord = 'listed' | 'unlisted' | 'unknown';

export interface InferSpec {
  readonly over: Face;
  readonly model: string;
  readonly modelName?: string;
  readonly version?: VersionWord;
  readonly id?: string;
  /** Over gRPC only; default `raw`. `mixed`: the first input typed, the others raw. `both`: each of them twice. */
  readonly contents?: 'raw' | 'typed' | 'mixed' | 'both';
  readonly inputs: readonly OipInputSpec[] | Readonly<Record<string, string>>;
  readonly outputs?: readonly string[];
  /** Raw entries more than inputs, or fewer if negative. */
  readonly extraEntries?: number;
  /** JSON only: `nested` as the shape; default flat. */
  readonly data?: 'flat' | 'nested';
  readonly parameters?: {
    readonly request?: Readonly<Record<string, string | number | boolean>>;
    readonly inputs?: Readonly<Record<string, string | number | boolean>>;
    readonly outputs?: Readonly<Record<string, string | number | boolean>>;
  };
  /** Bytes that the header of the binary tensor data says more than the JSON has. */
  readonly extraHeaderLength?: number;
}

export interface OipInputSpec extends InputSpec {
  /** Elements more, or fewer if negative, than the shape has; for typed contents and JSON. */
  readonly extraElements?: number | string;
  /** Typed contents in the field of this type. */
  readonly contentsOf?: string;
}

/** A request as it goes over the wire, for what no client sends. `{model}` in the path is the target's name. */
export interface HttpSpec {
  readonly method: string;
  readonly path: string;
  readonly model?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface OipExpectation {
  /**
   * `right` (default): answered, with the values of the oracle. `refused`: a status that says so. `answered`:
   * without a look at values. `either`: right or refused, but nothing else.
   */
  readonly answer?: 'right' | 'refused' | 'answered' | 'either';
  /** Names of gRPC statuses, or numbers of HTTP ones as text, of a refusal. */
  readonly statuses?: readonly string[];
  /** UNAVAILABLE is a refusal, too: there is nothing to be had under this name. */
  readonly orUnavailable?: boolean;
  /** The body of an HTTP refusal is `{"error": text}`. */
  readonly errorObject?: boolean;
  /** The refusal says something. */
  readonly message?: boolean;
  /** No outputs but those asked for. */
  readonly onlyAsked?: boolean;
  /** The answer carries the id, the name and, if the target lists versions, the version that was asked. */
  readonly echoes?: readonly ('id' | 'model' | 'version')[];
  /** The answer describes the suite's model. */
  readonly describes?: boolean;
  /** Media type of the HTTP answer. */
  readonly mediaType?: string;
  /** The outputs lie behind the JSON of the answer. */
  readonly binary?: boolean;
  /** The output is the classes of each row, as the classification extension has it. */
  readonly classes?: number;
  /** Fields of the answer by their path, as JSON and the contract's messages name them. */
  readonly fields?: Readonly<Record<string, Matcher>>;
}
