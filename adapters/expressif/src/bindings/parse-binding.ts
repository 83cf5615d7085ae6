import { DeepHealthError, type Manifest, parseBindingDocument } from '@deephealth/sdk';
import { expressif } from '../generated/validators.js';
import type { ExpressifBinding } from './expressif-binding.js';
import { fitsManifest } from './model-contradictions.js';
import { fitsTable } from './variable-contradictions.js';

/** Where a package keeps its binding. */
export const BINDING_FILE = 'bindings/expressif.json';

/**
 * The text of bindings/expressif.json, checked by its schema, in itself and beside the manifest of its package; the
 * rules themselves are compared by `checkAgainstRules`. Throws DH_RULES_BINDING_INVALID; the message names each place
 * as a JSON pointer, five at most, and `details.field` the first.
 */
export function parseBinding(text: string, manifest: Manifest): ExpressifBinding {
  return parseBindingDocument<ExpressifBinding>(
    text,
    BINDING_FILE,
    expressif,
    ({ ruleBases }, report) => {
      const labels = new Set<string>();
      ruleBases.forEach((ruleBase, index) => {
        const { label, variables } = ruleBase;
        if (labels.has(label)) {
          report(['ruleBases', index, 'label'], 'Another rule base of this file has the same label.');
        }
        labels.add(label);
        for (const [name, variable] of Object.entries(variables)) {
          const here = (steps: readonly (string | number)[], sentence: string) =>
            report(['ruleBases', index, 'variables', name, ...steps], sentence);
          fitsTable(name, variable, manifest, here);
          if (variable.model !== undefined) fitsManifest(variable.model, variable.unit, manifest, here);
        }
      });
    },
    bindingInvalid,
  );
}

export function bindingInvalid(message: string, field: string): DeepHealthError {
  return new DeepHealthError('DH_RULES_BINDING_INVALID', message, { details: { file: BINDING_FILE, field } });
}
