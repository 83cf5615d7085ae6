import type { Manifest } from '@deephealth/sdk';
import type { SlideAnalysis } from '../bindings/digital-pathology-binding.js';
import { classColour } from '../outputs/picture/colour-scale.js';
import {
  type ClassTerms,
  classTerms,
  defaultNamespace,
  EXAMINED_KEY,
  REGION_CLASSES_KEY,
  REGIONS_KEY,
  REGIONS_OF_INTEREST_KEY,
  WSI_KEY,
} from './job-terms.js';

export interface EadOptions {
  /** "org.empaia.<vendor>.<app>.v3.<number>". Default {@link defaultNamespace}. */
  readonly namespace?: string;
  /** Whether the standalone mode asks for rectangles, as EMPAIA's generic user interface needs it. Default true. */
  readonly regionsOfInterest?: boolean;
}

const SCHEMA = 'https://gitlab.com/empaia/integration/definitions/-/raw/main/ead/ead-schema.v3.json';
/** The class that user interfaces give to what is to be analysed. */
const ROI_CLASS = 'org.empaia.global.v1.classes.roi';

/**
 * The EMPAIA App Description of a package: what runEmpaiaJob() reads and posts, class by class.
 *
 * `preprocessing` takes a slide alone and analyses the whole of it; `standalone` takes regions of interest as well.
 * Inputs of a mode are not optional in EMPAIA.
 *
 * @throws DH_REQUEST_MALFORMED for a namespace that can be none
 */
export function createEad(
  manifest: Manifest,
  analysis: SlideAnalysis,
  { namespace = defaultNamespace(manifest), regionsOfInterest = true }: EadOptions = {},
): object {
  const terms = classTerms(analysis, manifest, namespace);
  const outputs = outputsOf(terms);
  const research = manifest.researchUseOnly ? ' For research use only.' : '';
  return {
    $schema: SCHEMA,
    name: manifest.title,
    name_short: manifest.name,
    namespace,
    description: `${analysis.title}. ${manifest.intendedUse}${research}`,
    permissions: { data_transmission_to_external_service_provider: false },
    classes: Object.fromEntries(terms.map(({ key, label }) => [key, { name: label }])),
    rendering: { annotations: terms.map(({ classValue }, at) => ({ class_value: classValue, ...coloursOf(at) })) },
    io: {
      [WSI_KEY]: { type: 'wsi' },
      ...(regionsOfInterest ? { [REGIONS_OF_INTEREST_KEY]: REGIONS_OF_INTEREST } : {}),
      ...outputs,
    },
    modes: {
      standalone: {
        inputs: [WSI_KEY, ...(regionsOfInterest ? [REGIONS_OF_INTEREST_KEY] : [])],
        outputs: Object.keys(outputs),
      },
      preprocessing: { inputs: [WSI_KEY], outputs: Object.keys(outputs) },
    },
  };
}

const WSI = `io.${WSI_KEY}`;
const REGIONS_OF_INTEREST = {
  type: 'collection',
  items: { type: 'rectangle', reference: WSI, classes: [ROI_CLASS] },
};

function outputsOf(terms: readonly ClassTerms[]): Record<string, object> {
  return {
    ...Object.fromEntries(
      terms.map(({ pixelmapKey, classValue, label }) => [
        pixelmapKey,
        {
          type: 'continuous_pixelmap',
          description: `Probability of ${label}, 0 to 1; -1 where nothing was examined`,
          reference: WSI,
          channel_classes: [classValue],
        },
      ]),
    ),
    [REGIONS_KEY]: { type: 'collection', reference: WSI, items: { type: 'polygon', reference: WSI } },
    [REGION_CLASSES_KEY]: {
      type: 'collection',
      reference: WSI,
      items: { type: 'class', reference: `io.${REGIONS_KEY}.items` },
    },
    ...Object.fromEntries(
      terms.map(({ areaKey, label }) => [
        areaKey,
        { type: 'float', description: `Area of ${label} in mm2`, reference: WSI },
      ]),
    ),
    [EXAMINED_KEY]: { type: 'float', description: 'Examined area in mm2', reference: WSI },
  };
}

/** A colour, and the same with a third and two thirds of the way to white. */
function coloursOf(place: number) {
  const towardsWhite = (share: number) =>
    `#${classColour(place)
      .map((part) =>
        Math.round(part + (255 - part) * share)
          .toString(16)
          .padStart(2, '0'),
      )
      .join('')
      .toUpperCase()}`;
  return { color: towardsWhite(0), color_hover: towardsWhite(1 / 3), color_selection: towardsWhite(2 / 3) };
}
