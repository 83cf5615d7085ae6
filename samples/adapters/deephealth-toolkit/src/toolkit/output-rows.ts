import sharp from 'sharp';
import type { ImageOutput } from './output.js';

/**
 * Answer of `output`: a row for each image, in order. Scores are a list of JSON numbers; a mask is a PNG in a data URI,
 * with the label's value in each pixel. What a number needs stands beside the rows.
 */
export async function outputRows(outputs: readonly ImageOutput[]) {
  const rows = await Promise.all(
    outputs.map(async ({ image, scores, mask }) => [image, mask === undefined ? (scores ?? []) : await pngUri(mask)]),
  );
  return {
    outputs: rows,
    details: outputs.map(({ mask: _, scores: __, ...detail }) => detail),
  };
}

async function pngUri({ widthPx, heightPx, values }: NonNullable<ImageOutput['mask']>): Promise<string> {
  const raw = { width: widthPx, height: heightPx, channels: 1 } as const;
  const png = await sharp(values, { raw }).toColourspace('b-w').png().toBuffer();
  return `data:image/png;base64,${png.toString('base64')}`;
}
