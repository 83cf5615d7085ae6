import { openDicomWebSlide, openSlide, type Slide } from '@deephealth/adapter-digital-pathology';
import { DeepHealthError } from '@deephealth/sdk';
import { type Command, InvalidArgumentError } from 'commander';
import { countProgress } from '../output/count-progress.js';

/** What {@link withSlideOptions} adds. */
export interface SlideFlags {
  readonly mpp?: { readonly x: number; readonly y: number };
  readonly json?: boolean;
}

/** Adds what every command that opens a slide has. */
export function withSlideOptions(command: Command): Command {
  return command.option(
    '--mpp <um>',
    'micrometres of a pixel of the finest level, one number or x,y; goes before what the slide says',
    parseMpp,
  );
}

/** Micrometres of a pixel, one number or x,y. */
export function parseMpp(text: string): { x: number; y: number } {
  const numbers = text.split(',').map(Number);
  const [x, y = x] = numbers;
  const isSound = numbers.length <= 2 && numbers.every((one) => one >= 0.01 && one <= 1000);
  if (!isSound || x === undefined || y === undefined || text.trim() === '') {
    throw new InvalidArgumentError('Expected micrometres from 0.01 to 1000, as 0.25 or 0.25,0.25.');
  }
  return { x, y };
}

/** Runs with a slide that is closed whatever happens. */
export async function withSlide<T>(path: string, flags: SlideFlags, run: (slide: Slide) => Promise<T>): Promise<T> {
  const slide = await openAny(path, flags);
  try {
    return await run(slide);
  } finally {
    await slide.close();
  }
}

/** Variable with the bearer token of a DICOMweb server: not an option, which others on the machine could read. */
export const DICOMWEB_TOKEN = 'DEEPHEALTH_DICOMWEB_TOKEN';

/** What a DICOMweb server is told of who asks. */
export function dicomWebToken(): { readonly token?: string } {
  const token = process.env[DICOMWEB_TOKEN];
  return token === undefined || token === '' ? {} : { token };
}

async function openAny(place: string, flags: SlideFlags): Promise<Slide> {
  const given = flags.mpp === undefined ? {} : { micronsPerPixel: flags.mpp };
  const [, baseUrl, study, series] = /^(https?:\/\/.+)\/studies\/([\d.]+)\/series\/([\d.]+)\/?$/.exec(place) ?? [];
  if (baseUrl !== undefined && study !== undefined && series !== undefined) {
    return openDicomWebSlide({ ...{ baseUrl, study, series }, ...dicomWebToken(), ...given });
  }
  if (/^https?:/.test(place)) {
    throw new DeepHealthError(
      'DH_REQUEST_MALFORMED',
      'A slide on a DICOMweb server is named by its series: http(s)://.../studies/<uid>/series/<uid>.',
    );
  }
  let progress: ReturnType<typeof countProgress> | undefined;
  const slide = await openSlide(place, {
    ...given,
    onProgress(done, total) {
      progress ??= countProgress('reading the slide for its digest, MB', Math.ceil(total / 1e6), flags.json ?? false);
      progress.update(Math.ceil(done / 1e6));
    },
  });
  progress?.end();
  return slide;
}
