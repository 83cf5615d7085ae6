import { realpath } from 'node:fs/promises';
import { DeepHealthError, packageFileReader, readModelPackage } from '@deephealth/sdk';
import type { SlideModel } from '../run/predict-slide.js';
import type { DigitalPathologyBinding, SlideAnalysis } from './digital-pathology-binding.js';
import { BINDING_FILE, parseBinding } from './parse-binding.js';

/** A model package that can be led over a slide. */
export interface SlidePackage extends SlideModel {
  readonly binding: DigitalPathologyBinding;
}

/** Reads a package and checks all of it. Throws what readModelPackage throws, and DH_SLIDE_BINDING_INVALID. */
export async function readSlidePackage(path: string): Promise<SlidePackage> {
  // A link to a package, as workflow engines make them; what is not there is told of below.
  const folder = await realpath(path).catch(() => path);
  const { manifest, packageSha256, fileSizes } = await readModelPackage(folder);
  if (!fileSizes.has(BINDING_FILE)) {
    throw new DeepHealthError(
      'DH_SLIDE_BINDING_INVALID',
      `The package ${manifest.name} ${manifest.version} has no ${BINDING_FILE}, so nothing says how it is led over a slide.`,
      { details: { file: BINDING_FILE, model: manifest.name } },
    );
  }
  const binding = await (await packageFileReader(folder, packageSha256))(BINDING_FILE);
  return { manifest, packageSha256, binding: parseBinding(new TextDecoder().decode(binding), manifest) };
}

/**
 * The analysis of a label, or the only one.
 *
 * @throws DH_REQUEST_MALFORMED naming those that there are
 */
export function analysisOf({ analyses }: DigitalPathologyBinding, label?: string): SlideAnalysis {
  const found =
    label === undefined && analyses.length === 1 ? analyses[0] : analyses.find((one) => one.label === label);
  if (found !== undefined) return found;
  const labels = analyses.map((one) => `"${one.label}"`).join(', ');
  throw new DeepHealthError(
    'DH_REQUEST_MALFORMED',
    label === undefined
      ? `The package has several analyses, ${labels}. Name one.`
      : `The package has no analysis ${JSON.stringify(label)}. It has ${labels}.`,
    { details: { expected: labels } },
  );
}
