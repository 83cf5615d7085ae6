/**
 * What is the matter: no OpenSlide ("library"), no file of its formats ("unrecognised"), a file that is
 * damaged or incomplete ("broken"), a part that cannot be decoded ("region"), a file that was replaced since
 * it was opened ("changed"), a slide that is closed ("closed"), or no memory ("memory").
 */
export type SlideFailureKind =
  | 'library'
  | 'unrecognised'
  | 'broken'
  | 'region'
  | 'changed'
  | 'closed'
  | 'memory'
  | 'failed';

/** Why a slide or a part of it cannot be had. The message is OpenSlide's own and may name files. */
export class SlideFailure extends Error {
  readonly kind: SlideFailureKind;

  constructor(kind: SlideFailureKind, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'SlideFailure';
    this.kind = kind;
  }
}

const KINDS: readonly string[] = ['unrecognised', 'broken', 'region', 'changed', 'closed', 'memory'];

/** A rejection of the addon's as a failure of its kind; faults of the calling code stay what they are. */
export function toSlideFailure(thrown: unknown): unknown {
  if (!(thrown instanceof Error) || thrown instanceof RangeError || thrown instanceof TypeError) return thrown;
  const { code } = thrown as { code?: unknown };
  const kind = typeof code === 'string' && KINDS.includes(code) ? (code as SlideFailureKind) : 'failed';
  return new SlideFailure(kind, thrown.message, { cause: thrown });
}
