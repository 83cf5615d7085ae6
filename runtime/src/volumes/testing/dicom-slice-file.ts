/** What a slice of a test is; a field that is undefined is left out of the file. */
export interface SliceFile {
  readonly pixels: readonly number[];
  readonly rows?: number;
  readonly columns?: number;
  readonly position?: readonly number[];
  readonly orientation?: readonly number[];
  readonly spacing?: readonly number[];
  readonly series?: string;
  readonly instance?: string;
  readonly frame?: string;
  readonly modality?: string;
  readonly slope?: string;
  readonly intercept?: string;
  readonly imageType?: string;
  readonly photometric?: string;
  readonly frames?: string;
}

/** A DICOM file of one CT slice, INT16, explicit VR little endian, written from PS3.5 and PS3.6. */
export function dicomSliceFile(slice: SliceFile): Buffer {
  const { pixels, rows = 2, columns = 3, position, orientation = [1, 0, 0, 0, 1, 0], spacing = [2, 0.5] } = slice;
  const element = (group: number, tag: number, vr: string, value: Buffer) => {
    const isLong = vr === 'OW';
    const head = Buffer.alloc(isLong ? 12 : 8);
    head.writeUInt16LE(group, 0);
    head.writeUInt16LE(tag, 2);
    head.write(vr, 4);
    if (isLong) head.writeUInt32LE(value.length, 8);
    else head.writeUInt16LE(value.length, 6);
    return Buffer.concat([head, value]);
  };
  const text = (group: number, tag: number, vr: string, value: string | undefined) => {
    if (value === undefined) return Buffer.alloc(0);
    const fill = vr === 'UI' ? '\0' : ' ';
    return element(group, tag, vr, Buffer.from(value.length % 2 === 0 ? value : value + fill, 'latin1'));
  };
  const short = (group: number, tag: number, value: number) => {
    const bytes = Buffer.alloc(2);
    bytes.writeUInt16LE(value);
    return element(group, tag, 'US', bytes);
  };
  return Buffer.concat([
    Buffer.alloc(128),
    Buffer.from('DICM'),
    text(0x0002, 0x0010, 'UI', '1.2.840.10008.1.2.1'),
    text(0x0008, 0x0008, 'CS', slice.imageType ?? 'ORIGINAL\\PRIMARY\\AXIAL'),
    text(
      0x0008,
      0x0018,
      'UI',
      slice.instance ?? `1.2.3.${position?.map((v) => Math.round(Math.abs(v) * 1000)).join('.')}`,
    ),
    text(0x0008, 0x0060, 'CS', slice.modality ?? 'CT'),
    // Slice Thickness, wrong on purpose: nothing may be computed from it.
    text(0x0018, 0x0050, 'DS', '99'),
    text(0x0020, 0x000e, 'UI', slice.series ?? '1.2.3.4'),
    // Instance Number, the same everywhere: nothing may be ordered by it.
    text(0x0020, 0x0013, 'IS', '1'),
    text(0x0020, 0x0032, 'DS', position?.join('\\')),
    text(0x0020, 0x0037, 'DS', orientation.join('\\')),
    text(0x0020, 0x0052, 'UI', slice.frame ?? '1.2.3.5'),
    short(0x0028, 0x0002, 1),
    text(0x0028, 0x0004, 'CS', slice.photometric ?? 'MONOCHROME2'),
    text(0x0028, 0x0008, 'IS', slice.frames),
    short(0x0028, 0x0010, rows),
    short(0x0028, 0x0011, columns),
    text(0x0028, 0x0030, 'DS', spacing.join('\\')),
    short(0x0028, 0x0100, 16),
    short(0x0028, 0x0101, 16),
    short(0x0028, 0x0102, 15),
    short(0x0028, 0x0103, 1),
    text(0x0028, 0x1052, 'DS', slice.intercept ?? '-1024'),
    text(0x0028, 0x1053, 'DS', slice.slope ?? '2'),
    element(0x7fe0, 0x0010, 'OW', Buffer.from(Int16Array.from(pixels).buffer)),
  ]);
}
