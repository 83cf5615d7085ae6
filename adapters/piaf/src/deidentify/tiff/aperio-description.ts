/** Keys that say how the picture was taken, and are numbers (the others hold names, dates, and what an operator wrote). */
const KEYS = [
  ...['AppMag', 'MPP', 'Left', 'Top', 'LineAreaXOffset', 'LineAreaYOffset', 'LineCameraSkew', 'Focus Offset'],
  ...[
    'StripeWidth',
    'OriginalWidth',
    'OriginalHeight',
    'Originalheight',
    'Gamma',
    'Exposure Time',
    'Exposure Scale',
    'DisplayColor',
  ],
];
const NUMBER = /^-?\d{1,9}(?:\.\d{1,9})?$/;
/** Extents, region, tile, how it was scaled and compressed, as libraries of Aperio write them. */
const GEOMETRY =
  /^\d{1,7}x\d{1,7}(?: \[\d{1,7},\d{1,7} \d{1,7}x\d{1,7}\])?(?: \(\d{1,5}x\d{1,5}\))?(?: (?:JPEG|J2K|JPEG2000|LZW|RAW|none)(?:\/[A-Z0-9]{1,12})?(?: Q=\d{1,3})?)?(?: -> \d{1,7}x\d{1,7})?/;
const FIRST_LINE = 'Aperio Image Library\r\n';

export interface CleanDescription {
  readonly text: string;
  /** Whether something was left out. */
  readonly isChanged: boolean;
}

/**
 * An ImageDescription of Aperio with its extents and the numbers of the listed keys, so that readers find what they
 * need: that it is Aperio's, the magnification, and micrometres of a pixel.
 */
export function cleanAperioDescription(description: string): CleanDescription {
  const [given = '', ...fields] = (description.split('\0')[0] as string).split('|');
  const lines = given.split(/\r?\n/);
  const geometry =
    lines
      .slice(1)
      .map((line) => GEOMETRY.exec(line.trim())?.[0])
      .find((found) => found !== undefined) ?? '';
  const kept = fields.flatMap((field) => {
    const [key = '', value = ''] = field.split('=').map((part) => part.trim());
    return KEYS.includes(key) && NUMBER.test(value) ? [`${key} = ${value}`] : [];
  });
  const text = [FIRST_LINE + geometry, ...kept].join('|');
  return { text, isChanged: text !== description.replace(/\0+$/, '') };
}
