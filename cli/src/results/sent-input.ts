/** What was sent, for results that are written over it or derived from it. */
export interface SentInput {
  /** File, or folder of a DICOM series. */
  readonly path: string;
  /** Frame or page, from 0. */
  readonly frame: number;
}
