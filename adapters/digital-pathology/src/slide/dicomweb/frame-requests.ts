import type { FrameFormat } from '../dicom/decode-frame.js';
import { MOST_FRAME_BYTES } from '../dicom/encapsulated-frames.js';
import type { WsiInstance } from '../dicom/wsi-instance.js';
import { regionUnreadable } from '../slide-errors.js';
import { type DicomWebAnswer, type DicomWebClient, ServerRefusal } from './dicomweb-client.js';
import { formatOfPart, framesAccepts } from './frame-formats.js';
import { boundaryOf, MultipartDamaged, parseMultipart } from './multipart-related.js';

/** A frame as it is stored, and in which format. */
export interface EncodedFrame {
  readonly bytes: Uint8Array;
  readonly format: FrameFormat;
}

/** Servers answer a dozen times as many frames a second in requests of ten and more as one by one. */
const FRAMES_PER_REQUEST = 24;
const REQUESTS_AT_ONCE = 4;
const MOST_ANSWER_BYTES = 256 * 1024 * 1024;

interface Waiting {
  readonly frame: number;
  readonly resolve: (frame: EncodedFrame) => void;
  readonly reject: (reason: unknown) => void;
}

/** The answer is of a format that is not decoded here: another is asked for. */
class OtherFormat extends Error {}

/** Asks for frames of an instance, as many with each request as are wanted at the time. */
export class FrameRequests {
  private readonly client: DicomWebClient;
  private readonly instance: WsiInstance;
  private readonly path: string;
  private readonly accepts: readonly string[];
  /** The first that the server has answered well. */
  private accepted: string | undefined;
  private readonly waiting: Waiting[] = [];
  private underWay = 0;
  private isPlanned = false;

  constructor(client: DicomWebClient, instance: WsiInstance, path: string) {
    this.client = client;
    this.instance = instance;
    this.path = path;
    this.accepts = framesAccepts(instance.dataset);
  }

  /** @param frame from 0 */
  frame(frame: number): Promise<EncodedFrame> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ frame, resolve, reject });
      this.plan();
    });
  }

  /** Lets whoever runs now ask for more before a request is made. */
  private plan(): void {
    if (this.isPlanned) return;
    this.isPlanned = true;
    setImmediate(() => {
      this.isPlanned = false;
      while (this.underWay < REQUESTS_AT_ONCE && this.waiting.length > 0) {
        this.underWay += 1;
        void this.serve(this.waiting.splice(0, FRAMES_PER_REQUEST)).finally(() => {
          this.underWay -= 1;
          if (this.waiting.length > 0) this.plan();
        });
      }
    });
  }

  private async serve(batch: readonly Waiting[]): Promise<void> {
    try {
      const frames = await this.request(batch.map(({ frame }) => frame));
      for (const [index, { resolve }] of batch.entries()) resolve(frames[index] as EncodedFrame);
    } catch (thrown) {
      const [only] = batch;
      if (batch.length === 1 && only !== undefined) {
        only.reject(thrown instanceof ServerRefusal ? refused(only.frame, thrown) : thrown);
        return;
      }
      // One frame that the server does not have must not take the others with it.
      if (thrown instanceof ServerRefusal) for (const one of batch) await this.serve([one]);
      else for (const { reject } of batch) reject(thrown);
    }
  }

  private async request(frames: readonly number[]): Promise<readonly EncodedFrame[]> {
    let refusal: unknown;
    for (const accept of this.accepted === undefined ? this.accepts : [this.accepted]) {
      try {
        const found = await this.ask(frames, accept);
        this.accepted = accept;
        return found;
      } catch (thrown) {
        if (!(thrown instanceof ServerRefusal) && !(thrown instanceof OtherFormat)) throw thrown;
        refusal = thrown instanceof ServerRefusal ? thrown : new ServerRefusal(406);
        // There is no such frame, in whatever format.
        if (thrown instanceof ServerRefusal && thrown.status === 404) break;
      }
    }
    throw refusal;
  }

  private async ask(frames: readonly number[], accept: string): Promise<readonly EncodedFrame[]> {
    const numbers = frames.map((frame) => frame + 1).join(',');
    const maxBytes = Math.min(MOST_ANSWER_BYTES, frames.length * MOST_FRAME_BYTES);
    const found = await this.client.get(`${this.path}/frames/${numbers}`, accept, maxBytes, (answer) =>
      this.parse(answer, frames.length),
    );
    if (found === undefined) throw new OtherFormat();
    return found;
  }

  /** Undefined for an answer in a format that is not decoded here; throws for a damaged one. */
  private parse({ contentType, body }: DicomWebAnswer, count: number): readonly EncodedFrame[] | undefined {
    const boundary = boundaryOf(contentType);
    if (boundary === undefined && count > 1) return undefined;
    const parts = boundary === undefined ? [{ contentType, bytes: body }] : parseMultipart(body, boundary);
    if (parts.length !== count) throw new MultipartDamaged(`${parts.length} frames, where ${count} were asked for`);
    const frames = parts.map((part) => {
      const format = formatOfPart(part, contentType, this.instance);
      return format === undefined ? undefined : { bytes: part.bytes, format };
    });
    return frames.includes(undefined) ? undefined : (frames as EncodedFrame[]);
  }
}

function refused(frame: number, cause: ServerRefusal): Error {
  return regionUnreadable(`the DICOMweb server does not give frame ${frame + 1}: HTTP ${cause.status}`, cause);
}
