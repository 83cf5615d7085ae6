import type { CdsStep } from '../cds/cds-step.js';
import type { OipStep } from '../oip/oip-step.js';

export type Level = 'MUST' | 'SHOULD' | 'MAY';

/** What a target may claim; a case belongs to one. */
export const PROFILES = [
  'runtime-core',
  'runtime-streaming',
  'runtime-stateful',
  'runtime-secure',
  'oip',
  'adapter-common',
  'cds',
  'digital-pathology',
  'expressif',
  'processing-chain',
] as const;
export type Profile = (typeof PROFILES)[number];

/** What the suite must be able to do with the target: start it itself, steer it through a harness, or ask it over HTTP. */
export type Need = 'launched' | 'harness' | 'http';

/** A wait, by its name in the one table of times; no case holds a number. */
export type TimeoutClass = 'connect' | 'call' | 'load' | 'drain';

/** A check of one requirement, as its YAML file says it; schema in schemas/case.schema.json. */
export interface ConformanceCase {
  /** `DH-<AREA>-<NNN>`; never given to another case. */
  readonly id: string;
  /** For people; it may change. */
  readonly slug: string;
  readonly level: Level;
  /** Suite version that had it first. */
  readonly since: string;
  /** Shown, but not counted yet. */
  readonly provisional?: boolean;
  readonly profile: Profile;
  /** Features that the target must name in GetServerInfo for the case to apply; else it is `unsupported`. */
  readonly requires?: readonly string[];
  /** Without it, the case is `notApplicable`: never passed. */
  readonly needs?: readonly Need[];
  /** Requirements of the contract, `DH-R-<NNN>`; none in profile `oip`. */
  readonly requirement: readonly string[];
  /** Requirements of a public standard by their public ids, `cds-hooks_2.0@54`; requirements/cds-hooks-2.0.yaml. */
  readonly standard?: readonly string[];
  /** In profiles `oip` and `cds`: the document and section that the case rests on, beside what `standard` names. */
  readonly source?: string;
  /** What must be, in the words of a standard. */
  readonly text: string;
  /** Runs the case once for each value, which `${name}` in its texts stands for. */
  readonly each?: Readonly<Record<string, readonly string[]>>;
  /** Runs the cases of another profile once more, each followed by these steps; of a MUST, those that are a MUST too. */
  readonly rerun?: Rerun;
  readonly steps: readonly Step[];
  /** The target cannot answer afterwards, so nothing is asked of it. */
  readonly terminal?: boolean;
  /** Mutants that must fail it. */
  readonly kills: readonly string[];
}

export interface Rerun {
  readonly profile: Profile;
  /** Cases that concern what stands behind, and cannot be asked of what stands before it. */
  readonly except?: readonly { readonly id: string; readonly why: string }[];
}

/** Exactly one of `predict`, `call`, `stream`, `parallel`, `probe`, `oip` and `cds`. */
export interface Step {
  readonly predict?: PredictSpec;
  readonly call?: CallSpec;
  readonly stream?: StreamSpec;
  readonly parallel?: { readonly steps: readonly Step[] };
  /** A question of the Open Inference Protocol. */
  readonly oip?: OipStep;
  /** A question of CDS Hooks. */
  readonly cds?: CdsStep;
  /** A check in code, for what calls and answers cannot express. */
  readonly probe?: { readonly name: string; readonly with?: Readonly<Record<string, unknown>> };
  /** Begins a moment later than the others beside it, so that these are under way. */
  readonly after?: 'moment';
  /** Default `call`. */
  readonly within?: TimeoutClass;
  readonly expect?: Expectation;
}

export interface PredictSpec {
  readonly model: string;
  readonly version?: string;
  readonly requestId?: string;
  readonly inputs: readonly InputSpec[] | Readonly<Record<string, string>>;
  readonly outputs?: readonly string[];
  /** `right` is the digest that the target lists, `wrong` another one. */
  readonly expectedPackage?: 'right' | 'wrong';
  /** Other fields of PredictRequest, as they are. */
  readonly fields?: Readonly<Record<string, unknown>>;
}

/** An input whose tensor is not sent as it is. */
export interface InputSpec {
  readonly name: string;
  readonly tensor?: string;
  /** Replaces what the message says of the tensor. */
  readonly dataType?: string;
  readonly shape?: readonly (number | string)[];
  /** Bytes more, or fewer if negative, than the tensor has. */
  readonly extraBytes?: number | string;
  /** Another value than a tensor, as NamedInput has it; names stand for tensors, samples, voxels and data. */
  readonly value?: Readonly<Record<string, unknown>>;
}

export interface CallSpec {
  /** Method of `deephealth.runtime.v1.ModelRuntime`. */
  readonly rpc: string;
  readonly message?: Readonly<Record<string, unknown>>;
}

export interface StreamSpec {
  readonly items: readonly { readonly id: string; readonly predict: PredictSpec; readonly expect?: Expectation }[];
}

export interface Expectation {
  /** gRPC status; default OK. */
  readonly status?: string;
  /** Reason in the ErrorInfo. */
  readonly reason?: string;
  /** Entries that the ErrorInfo must hold. */
  readonly names?: Readonly<Record<string, string>>;
  /** Texts of the request that the error must not hold. */
  readonly withholds?: readonly string[];
  /** Statuses that are as good, each with its reason. */
  readonly alsoAllowed?: readonly { readonly status: string; readonly why: string }[];
  /** Outputs by name: `golden` is what the oracle gives for the inputs that were sent. */
  readonly outputs?: Readonly<Record<string, 'golden'>>;
  /** Warnings of the manifest's rules: exactly these, by the end of their kind and the field that they name. */
  readonly warnings?: readonly { readonly kind: string; readonly names: string }[];
  /** Outputs of the answer in this order, and no others. */
  readonly outputOrder?: readonly string[];
  /** Fields of the answer by their path, as `provenance.batchSize`. */
  readonly response?: Readonly<Record<string, Matcher>>;
}

/** Exactly one key. */
export interface Matcher {
  readonly equals?: unknown;
  readonly matches?: string;
  readonly oneOf?: readonly unknown[];
  readonly atLeast?: number;
  readonly length?: number;
  /** `package`, `onnx`: the digest of the model's package or graph. */
  readonly digestOf?: 'package' | 'onnx';
  /** Some element of a list has these fields. */
  readonly includes?: Readonly<Record<string, unknown>>;
  /** A list has elements, and none of them has these fields. */
  readonly excludes?: Readonly<Record<string, unknown>>;
}

/** One run of a case: its texts filled in. */
export interface PlannedCase extends Omit<ConformanceCase, 'each' | 'rerun'> {
  /** `type=fp16`, or empty. */
  readonly parameters: string;
}
