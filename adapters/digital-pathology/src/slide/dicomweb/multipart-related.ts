/** A part of a multipart/related body (RFC 2387). */
export interface BodyPart {
  /** Content-Type of the part; empty if it states none. */
  readonly contentType: string;
  /** View of the body. */
  readonly bytes: Uint8Array;
}

/** A body that is no multipart/related, or is cut short. */
export class MultipartDamaged extends Error {}

const BOUNDARY = /;\s*boundary=(?:"([^"]{1,200})"|([^;,\s"]{1,200}))/i;
/** Heads of parts are a few lines. */
const MOST_HEAD_BYTES = 16 * 1024;

/** The boundary that a Content-Type names, quoted or not; undefined for another type. */
export function boundaryOf(contentType: string): string | undefined {
  if (!/^\s*multipart\//i.test(contentType)) return undefined;
  const found = BOUNDARY.exec(contentType);
  return found?.[1] ?? found?.[2];
}

/**
 * The parts of a body. A part that states its length is cut by it, so that bytes of a picture may look like
 * a boundary; others end at the next boundary. Lines may end in LF alone.
 *
 * @throws MultipartDamaged
 */
export function parseMultipart(body: Buffer, boundary: string): BodyPart[] {
  const delimiter = Buffer.from(`--${boundary}`, 'latin1');
  const parts: BodyPart[] = [];
  let at = findDelimiter(body, delimiter, 0);
  for (;;) {
    if (at === undefined) throw new MultipartDamaged('a body that ends before its last boundary');
    const after = at + delimiter.length;
    if (body.toString('latin1', after, after + 2) === '--') return parts;
    const lineEnd = body.indexOf('\n', after);
    if (lineEnd < 0) throw new MultipartDamaged('a body that ends within a boundary');
    const [head, start] = readHead(body, lineEnd + 1);
    const stated = Number(/^content-length:\s*(\d+)\s*$/im.exec(head)?.[1] ?? Number.NaN);
    const end = Number.isNaN(stated) ? undefined : endAt(body, delimiter, start + stated);
    const next = end ?? findDelimiter(body, delimiter, start);
    if (next === undefined) throw new MultipartDamaged('a body that ends within a part');
    const contentType = /^content-type:\s*(.*?)\s*$/im.exec(head)?.[1] ?? '';
    parts.push({
      contentType,
      bytes: body.subarray(start, Number.isNaN(stated) || end === undefined ? lineBefore(body, next) : start + stated),
    });
    at = next;
  }
}

/** A delimiter stands at the beginning of a line. */
function findDelimiter(body: Buffer, delimiter: Buffer, from: number): number | undefined {
  for (let at = body.indexOf(delimiter, from); at >= 0; at = body.indexOf(delimiter, at + 1)) {
    if (at === 0 || body[at - 1] === 10) return at;
  }
  return undefined;
}

/** Where the delimiter stands behind a part that ends at `end`; undefined if it does not, and the length is wrong. */
function endAt(body: Buffer, delimiter: Buffer, end: number): number | undefined {
  for (const newline of ['\r\n', '\n']) {
    const at = end + newline.length;
    const isThere = body.subarray(at, at + delimiter.length).equals(delimiter);
    if (isThere && body.toString('latin1', end, at) === newline) return at;
  }
  return undefined;
}

function lineBefore(body: Buffer, delimiterAt: number): number {
  return body[delimiterAt - 2] === 13 ? delimiterAt - 2 : delimiterAt - 1;
}

/** The lines of a part's head, and where its bytes begin. */
function readHead(body: Buffer, start: number): readonly [head: string, start: number] {
  const window = body.toString('latin1', start, start + MOST_HEAD_BYTES);
  // A part without a head begins with an empty line.
  const end = /^\r?\n|\r?\n\r?\n/.exec(window);
  if (end === null) throw new MultipartDamaged('a part whose head does not end');
  return [window.slice(0, end.index), start + end.index + end[0].length];
}
