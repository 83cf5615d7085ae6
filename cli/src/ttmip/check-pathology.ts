import { readFile } from 'node:fs/promises';
import { createAdapterClient } from '@deephealth/sdk';
import type { CheckSession } from './check-session.js';
import { directSlide } from './direct-slide.js';
import type { AddedSample, PlatformAnswer } from './platform-check.js';

const DEADLINE_MS = 120_000;
const FORMATS = ['crs4', 'geojson', 'csv'];

/** Sends a small slide of the sample over the contract face, and compares its files with those of the model alone. */
export async function checkPathology(
  session: CheckSession,
  address: string,
  sample: AddedSample,
): Promise<PlatformAnswer> {
  const slide = await directSlide(session, sample, FORMATS);
  const { name, version } = session.manifest;
  const client = createAdapterClient({ address });
  try {
    const answer = await client.runBinding(
      {
        bindingId: `${name}/${version}/${slide.analysis.label}`,
        input: await readFile(slide.path),
        mediaType: 'image/tiff',
      },
      { deadlineMs: DEADLINE_MS },
    );
    const bundle = Buffer.from(answer.output);
    // Files are stored in the bundle as they are.
    const wrong = slide.files.filter(({ bytes }) => !bundle.includes(bytes));
    const digest = session.model.summary?.packageSha256;
    const strangers = answer.runs.filter(({ provenance }) => provenance?.packageSha256 !== digest);
    return {
      differences: [
        ...slide.differences,
        ...wrong.map((file) => `${file.name} of the slide is another file than the model gives`),
        ...(answer.runs.length === 0 || strangers.length > 0
          ? ['the answer names another package than the model']
          : []),
      ],
      shown: `${slide.shown} (${answer.runs.length} tiles)`,
    };
  } finally {
    client.close();
  }
}
