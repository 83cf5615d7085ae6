import type { Manifest } from '@deephealth/sdk';
import type { ChainBinding } from '../bindings/processing-chain-binding.js';
import type { RunRecord } from '../runs/run-record.js';
import type { Chunk, StagedItems } from '../steps/run-folder.js';

/** What a crate says of a run; the artefacts are read from their folder. */
export interface RunCrateInfo {
  readonly chain: ChainBinding;
  readonly manifest: Pick<Manifest, 'name' | 'version' | 'title' | 'intendedUse' | 'license' | 'limitations'>;
  readonly staged: StagedItems;
  /** The chain as CWL, whose text becomes a file of the crate. */
  readonly workflow: string;
  /** Chunks with their items, to say which task made what. */
  readonly chunks?: readonly Chunk[];
  readonly run: Pick<RunRecord, 'runId' | 'state' | 'startedAt' | 'endedAt' | 'failure' | 'tasks'> & {
    readonly submittedAt?: string;
  };
  /** The engine that did the tasks, such as `local` or `slurm`, and its version. */
  readonly backend: { readonly name: string; readonly version?: string };
  /** Our software by name, and its version: the command, the adapter, the runtime. */
  readonly software: Readonly<Record<string, string>>;
  /** Licence of the results, as a URL or a sentence. */
  readonly license?: string;
  /** Where the artefacts are in the folder of the crate. Default `result`; "" for the folder itself. */
  readonly resultFolder?: string;
}
