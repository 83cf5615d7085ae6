import type { adapterV1 } from '@deephealth/proto';
import type { Caller } from '../access/caller.js';

/**
 * Metadata that carries what the platform would send in its header `authorization`, on a face whose own `authorization`
 * is the key or token of the caller. A face that asks nobody takes either.
 */
export const PLATFORM_AUTHORIZATION = 'platform-authorization';

/** Who asks for a binding to be run, as far as the connection and the call say so. */
export interface PlatformCaller {
  /** Metadata of the call by its lower-case name; `authorization` is what the platform would send in its header ({@link PLATFORM_AUTHORIZATION}). */
  readonly header: (name: string) => string | undefined;
  /** Address of the other end without its port; "unknown" where there is none, which is no proof of anything. */
  readonly address: string;
  /** Who calls, as the face has found out; absent where it asks nobody. */
  readonly identity?: Caller;
  /** The certificate that the other end has the key of, where the face asked for one. */
  readonly certificate?: {
    /** SHA-256 in hexadecimal, with colons. */
    readonly sha256: string;
    readonly validFrom: Date;
    readonly validTo: Date;
  };
}

/** One input in the form of the platform. */
export interface PlatformCall {
  /** One of those that `bindings` names. */
  readonly bindingId: string;
  /** Borrowed until the output is there. */
  readonly input: Buffer;
  /** As it was sent, with its parameters; without them it is one of the binding's. */
  readonly mediaType: string;
  readonly caller: PlatformCaller;
  /** Absolute deadline in ms since the epoch; Infinity if the caller set none. */
  readonly deadlineMs: number;
  /** Aborts when the caller cancels, has gone, or lets the deadline pass. */
  readonly signal: AbortSignal;
}

/** What the platform would be given. */
export interface PlatformOutput {
  readonly output: Uint8Array;
  /** Answers of the runtime that it rests on. */
  readonly runs: readonly adapterV1.ModelRun[];
}

/** What a platform face says of the adapter; its runtime and the contract's version are asked and added. */
export type AdapterDescription = Omit<adapterV1.DescribeResponse, 'runtime' | 'contractVersions'>;

/** As `Binding` of the contract, with all that a caller must be told. */
export type PlatformBinding = adapterV1.Binding & {
  readonly id: string;
  readonly inputMediaTypes: string[];
  readonly outputMediaType: string;
};

/**
 * What a vendor implements so that `serveContractFace` serves `deephealth.adapter.v1.PlatformAdapter`. Whatever a
 * method throws leaves as a status of the catalogue; what is no DeepHealthError leaves as DH_INTERNAL.
 */
export interface PlatformFace {
  describe(): AdapterDescription;
  /** All of them, without a question to the runtime. */
  bindings(): readonly PlatformBinding[] | Promise<readonly PlatformBinding[]>;
  /** One entry for each binding, in their order. */
  health(signal: AbortSignal): Promise<adapterV1.CheckHealthResponse>;
  /**
   * The way of the platform's own face, with its trust, admission, limits and refusals. A caller whom that face would
   * refuse is refused here: throws a code of the status UNAUTHENTICATED or PERMISSION_DENIED before anything runs.
   * The runtime gets no more time than the call has.
   */
  run(call: PlatformCall): Promise<PlatformOutput>;
}
