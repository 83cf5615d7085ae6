import { DeepHealthError, type Manifest } from '@deephealth/sdk';
import type { SlideAnalysis } from '../bindings/digital-pathology-binding.js';
import { tileReader } from '../run/tile-values.js';

/** Keys of inputs, in the EAD and in jobs. */
export const WSI_KEY = 'my_wsi';
export const REGIONS_OF_INTEREST_KEY = 'regions_of_interest';
/** Keys of outputs that every app has. */
export const REGIONS_KEY = 'regions';
export const REGION_CLASSES_KEY = 'region_classes';
export const EXAMINED_KEY = 'examined_area_mm2';

/** What a class of the model is called towards EMPAIA. */
export interface ClassTerms {
  readonly label: string;
  /** Last part of the class value: lower case letters, digits and "_". */
  readonly key: string;
  /** "<namespace>.classes.<key>". */
  readonly classValue: string;
  readonly pixelmapKey: string;
  readonly areaKey: string;
}

const NAMESPACE = /^org\.empaia\.[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*\.v3\.(0|[1-9][0-9]*)$/;

/** "org.empaia.deephealth.<model>.v3.0". */
export function defaultNamespace({ name }: Pick<Manifest, 'name'>): string {
  return `org.empaia.deephealth.${keyOf(name)}.v3.0`;
}

/** @throws DH_REQUEST_MALFORMED for a namespace that can be none of an app for v3, and for classes of one name */
export function classTerms(analysis: SlideAnalysis, manifest: Manifest, namespace: string): ClassTerms[] {
  if (!NAMESPACE.test(namespace)) {
    throw new DeepHealthError(
      'DH_REQUEST_MALFORMED',
      'The namespace of an app for EMPAIA is org.empaia.<vendor>.<app>.v3.<number>, in lower case letters, digits and "_".',
    );
  }
  const terms = tileReader(analysis, manifest).channels.map(({ label }) => {
    const key = keyOf(label);
    const classValue = `${namespace}.classes.${key}`;
    return { label, key, classValue, pixelmapKey: `probability_${key}`, areaKey: `area_mm2_${key}` };
  });
  if (new Set(terms.map(({ key }) => key)).size === terms.length) return terms;
  throw new DeepHealthError(
    'DH_REQUEST_MALFORMED',
    'Two classes of the model have names that EMPAIA cannot tell apart.',
  );
}

function keyOf(text: string): string {
  const key = text
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '_')
    .replaceAll(/^_+|_+$/g, '');
  return /^[a-z]/.test(key) ? key : `class_${key}`;
}
