// Findings on a slide go to CRS4's ProMort: a prediction with its provenance, and tissue as fragments.
import { readFile } from 'node:fs/promises';
import { createPromortClient, promortProvenance } from '@deephealth/adapter-digital-pathology';
import type { SlideFindings } from './embed-node.js';

export interface PromortPlatform {
  readonly baseUrl: string;
  readonly username: string;
  readonly password: string;
}

export interface SentToPromort {
  readonly predictionId: number;
  /** False if the platform had the same already: nothing is entered twice. */
  readonly isNew: boolean;
  /** Tissue fragments that were entered now. */
  readonly fragments: number;
}

/**
 * @param slideId as the platform knows the slide, at most 25 characters
 * @throws DeepHealthError: DH_PLATFORM_CONFLICT if the platform has something else under the label
 */
export async function sendToPromort(
  findings: SlideFindings,
  slideId: string,
  platform: PromortPlatform,
): Promise<SentToPromort> {
  const { promortType: type, provenance, label, unread } = findings;
  if (type === undefined) throw new Error('The package does not say what ProMort calls its result.');
  const client = createPromortClient(platform);
  try {
    const { id, isNew } = await client.importPrediction({
      ...{ slide: slideId, type, provenance: promortProvenance(provenance) },
      // The plan tells slide, model and settings: the same run has the same label, and another run another one.
      label: `${slideId}-${label}-${provenance.planSha256.slice(0, 12)}`,
      // Someone has to look at what could not be examined.
      reviewRequired: type !== 'TISSUE' || unread > 0,
    });
    if (type !== 'TISSUE') return { predictionId: id, isNew, fragments: 0 };
    const { shapes } = JSON.parse(await readFile(findings.shapes, 'utf8'));
    const { added } = await client.importTissueFragments(id, shapes);
    return { predictionId: id, isNew, fragments: added };
  } finally {
    await client.close();
  }
}
