import { DeepHealthError, type InputSpec, type Manifest, parseBindingDocument } from '@deephealth/sdk';
import { cdsHooks } from '../generated/validators.js';
import { CONTEXT } from '../mapping/resources-of.js';
import { type Report, under } from './binding-problem.js';
import { checkCards } from './card-contradictions.js';
import type { CdsHooksBinding, FeatureBinding, ServiceBinding } from './cds-hooks-binding.js';
import { checkFeatures } from './feature-contradictions.js';
import { queryProblems } from './prefetch-query.js';
import { checkRecording } from './recording-contradictions.js';
import { checkRegions } from './region-contradictions.js';

/** Where a package keeps its binding. */
export const BINDING_FILE = 'bindings/cds-hooks.json';

/**
 * The text of bindings/cds-hooks.json, checked by its schema, in itself and beside the manifest of its package.
 * A number without a range gets the valid range of the manifest. Throws DH_CDS_BINDING_INVALID; the message
 * names each place as a JSON pointer, five at most, and `details.field` the first.
 */
export function parseBinding(text: string, manifest: Manifest): CdsHooksBinding {
  const binding = parseBindingDocument<CdsHooksBinding>(
    text,
    BINDING_FILE,
    cdsHooks,
    (document, report) => findContradictions(document, manifest, report),
    (message, field) =>
      new DeepHealthError('DH_CDS_BINDING_INVALID', message, { details: { file: BINDING_FILE, field } }),
  );
  return { ...binding, services: binding.services.map((service) => withRanges(service, manifest)) };
}

function findContradictions(binding: CdsHooksBinding, manifest: Manifest, report: Report): void {
  const ids = new Set<string>();
  binding.services.forEach((service, index) => {
    const here = under(report, 'services', index);
    if (ids.has(service.id)) here(['id'], 'Another service of this file has the same id.');
    ids.add(service.id);
    for (const [key, { query }] of Object.entries(service.prefetch)) {
      if (key === CONTEXT) here(['prefetch', key], `"${CONTEXT}" stands for the context of the hook. Use another key.`);
      for (const problem of queryProblems(query, service.hook)) here(['prefetch', key, 'query'], `It ${problem}`);
    }
    const input = manifest.inputs.find(({ name }) => name === service.input);
    if (input === undefined) here(['input'], `The manifest has no input of this name. ${namesOf(manifest.inputs)}`);
    else {
      checkFeatures(service, input, here);
      checkRecording(service, input, here);
    }
    const output = manifest.outputs.find(({ name }) => name === service.output);
    if (output === undefined) here(['output'], `The manifest has no output of this name. ${namesOf(manifest.outputs)}`);
    else checkCards(service, output, here);
    if (input !== undefined && output !== undefined) checkRegions(service, input, output, here);
  });
}

function namesOf(things: readonly { readonly name: string }[]): string {
  return `It has ${things.map(({ name }) => `"${name}"`).join(', ')}.`;
}

function withRanges(service: ServiceBinding, manifest: Manifest): ServiceBinding {
  const input = manifest.inputs.find(({ name }) => name === service.input) as InputSpec;
  if (input.kind !== 'table' || service.features === undefined) return service;
  const features = Object.fromEntries(
    Object.entries(service.features).map(([name, feature]): [string, FeatureBinding] => {
      const column = input.columns.find((one) => one.name === name);
      const isBare = column?.type === 'number' && feature.range === undefined;
      return [name, isBare ? { ...feature, range: column.validRange } : feature];
    }),
  );
  return { ...service, features };
}
