import type { runtimeV1 } from '@deephealth/proto';
import type { Caller, CallSettings, ControlClient, RuntimeClient } from '@deephealth/sdk';
import type {
  AuditAnswer,
  AuditVerificationAnswer,
  Drawing,
  ExampleRow,
  FeedbackAnswer,
  JobRow,
  LiveAnswer,
  ReportRow,
  RulesAnswer,
  SlidesAnswer,
  SourceStatus,
  Timeline,
} from './api.js';

/** The contract, as one caller. */
export interface ConsoleConnection {
  readonly runtime: RuntimeClient;
  readonly control: ControlClient;
  /** To be given to each call: it says for whom it is made. */
  readonly settings: CallSettings;
  /** To be called when the request is answered. */
  release(): void;
}

/** What a package holds beside what the contract tells of it. */
export interface PackageContent {
  /** Markdown. */
  readonly card?: string;
  /** Names of binding files, without their ending. */
  readonly bindings: readonly string[];
  readonly examples: readonly ExampleRow[];
}

export interface ExampleContent {
  readonly fileName: string;
  readonly mediaType: string;
  readonly bytes: Uint8Array;
}

export interface PackageContents {
  /** Nothing for a version that no verified package is served of. */
  read(name: string, version: string): Promise<PackageContent>;
  /** Undefined for an id that there is not. */
  example(name: string, version: string, id: string): Promise<ExampleContent | undefined>;
}

export interface SentFile {
  /** Its ending says what it is. */
  readonly name: string;
  readonly bytes: Buffer;
  /** Frame or page of an image, from 0; absent where none was named. */
  readonly frame?: number;
}

/** A file that was read for one prediction. */
export interface ReadFile {
  readonly inputs: runtimeV1.NamedInput[];
  /** What can be drawn, by the name of the finding; never throws for what cannot. */
  draw(response: runtimeV1.PredictResponse__Output): Promise<ReadonlyMap<string, Drawing>>;
}

/** Reads and draws files of strangers, which a server does in another process than its own. */
export interface FileReader {
  /**
   * @throws DH_REQUEST_MALFORMED, DH_MEDIA_TYPE_UNSUPPORTED, DH_MEDIA_UNREADABLE naming what was expected,
   * DH_QUEUE_FULL, DH_DEADLINE_EXCEEDED
   */
  read(
    file: SentFile,
    model: Pick<runtimeV1.ModelDescriptor__Output, 'inputs'>,
    signal: AbortSignal,
  ): Promise<ReadFile>;
}

/** Whether a source is there at the moment. */
interface Source {
  status(): SourceStatus;
}

export interface AuditQuery {
  /** Records of a lower number. */
  readonly before?: number;
  readonly limit: number;
  readonly kind?: string;
  readonly model?: string;
}

export interface PageQuery {
  readonly before?: number;
  readonly limit: number;
}

/** Where what the console shows beside models comes from. Each is asked only while it is available. */
export interface ConsoleSources {
  readonly metrics: Source & { read(caller: Caller | undefined): LiveAnswer };
  readonly audit: Source & {
    page(query: AuditQuery, caller: Caller | undefined): Promise<AuditAnswer>;
    verify(): Promise<AuditVerificationAnswer>;
  };
  readonly feedback: Source & { page(query: PageQuery, caller: Caller | undefined): FeedbackAnswer };
  readonly reports: Source & {
    list(): Promise<readonly ReportRow[]>;
    /** HTML; undefined for an id that there is not. */
    page(id: string): Promise<Buffer | undefined>;
  };
  readonly rules: Source & { list(caller: Caller | undefined): RulesAnswer };
  readonly slides: Source & { list(caller: Caller | undefined): SlidesAnswer };
  readonly jobs: Source & { list(caller: Caller | undefined): readonly JobRow[] };
  readonly ttmip: Source & { read(caller: Caller | undefined): Promise<readonly Timeline[]> };
}

export interface ConsoleOptions {
  readonly server: { readonly name: string; readonly version: string };
  /** Whether callers are asked who they are; without it, nothing can be changed in the console. */
  readonly hasAccessControl: boolean;
  /**
   * Names that requests without access control may be sent to, beside `localhost` and addresses: a name of others that
   * was bent to this machine is none. Undefined: any, for a server that the operator has put behind a proxy.
   */
  readonly ownNames?: readonly string[];
  /** The built page. Default: the package's own. */
  readonly appFolder?: string;
  connect(caller: Caller | undefined): Promise<ConsoleConnection>;
  readonly packages: PackageContents;
  readonly files: FileReader;
  readonly sources: ConsoleSources;
}
