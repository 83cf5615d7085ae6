import { DeepHealthError, type Manifest, parseBindingDocument, type ReportBindingProblem } from '@deephealth/sdk';
import { digitalPathology } from '../generated/validators.js';
import type { DigitalPathologyBinding, SlideAnalysis } from './digital-pathology-binding.js';

/** Where a package keeps its binding. */
export const BINDING_FILE = 'bindings/digital-pathology.json';

/**
 * The text of bindings/digital-pathology.json, checked by its schema, in itself and beside the manifest of its
 * package. Throws DH_SLIDE_BINDING_INVALID; the message names each place as a JSON pointer, five at most, and
 * `details.field` the first.
 */
export function parseBinding(text: string, manifest: Manifest): DigitalPathologyBinding {
  return parseBindingDocument<DigitalPathologyBinding>(
    text,
    BINDING_FILE,
    digitalPathology,
    ({ analyses }, report) => {
      const labels = new Set<string>();
      analyses.forEach((analysis, index) => {
        const here: ReportBindingProblem = (steps, sentence) => report(['analyses', index, ...steps], sentence);
        if (labels.has(analysis.label)) here(['label'], 'Another analysis of this file has the same label.');
        labels.add(analysis.label);
        checkAnalysis(analysis, manifest, here);
      });
    },
    (message, field) =>
      new DeepHealthError('DH_SLIDE_BINDING_INVALID', message, { details: { file: BINDING_FILE, field } }),
  );
}

function checkAnalysis(analysis: SlideAnalysis, manifest: Manifest, report: ReportBindingProblem): void {
  const { tile } = analysis;
  const stride = tile.stride ?? tile.size;
  if (stride > tile.size) report(['tile', 'stride'], 'Tiles further apart than they are wide leave holes.');
  else if ((tile.size - stride) % 2 !== 0) {
    report(['tile', 'stride'], 'It must be less than "size" by an even number: the rest lies on both sides alike.');
  }
  const input = manifest.inputs.find(({ name }) => name === analysis.input);
  if (input === undefined) report(['input'], `The manifest has no input of this name. ${namesOf(manifest.inputs)}`);
  else if (input.kind !== 'image') report(['input'], 'A tile is an image, and this input of the manifest is none.');
  else if (!input.mediaTypes.some((type) => type === 'image/png' || type === 'image/bmp')) {
    report(['input'], 'Tiles are sent as image/png or image/bmp, and the manifest takes neither.');
  }
  const others = manifest.inputs.filter(({ name }) => name !== analysis.input);
  if (others.length > 0) report(['input'], `The model needs other inputs, too. ${namesOf(others)}`);
  checkOutputs(analysis, manifest, report);
}

function checkOutputs(analysis: SlideAnalysis, manifest: Manifest, report: ReportBindingProblem): void {
  const known = new Set<string>();
  analysis.outputs.forEach((name, index) => {
    const output = manifest.outputs.find((one) => one.name === name);
    if (output === undefined) {
      report(['outputs', index], `The manifest has no output of this name. ${namesOf(manifest.outputs)}`);
      return;
    }
    if (output.kind === 'map') known.add(name);
    else if (output.kind === 'classification' || output.kind === 'mask') {
      if (analysis.outputs.length > 1) report(['outputs'], 'Several outputs can only be maps, one for each class.');
      for (const { label } of output.classes) known.add(label);
    } else report(['outputs', index], 'Only classifications, masks and maps can be shown over a slide.');
    if (output.kind === 'map' && (output.range === undefined || output.range[0] < 0 || output.range[1] > 1)) {
      report(
        ['outputs', index],
        'A map over a slide is of probabilities: the manifest must state a range within [0, 1].',
      );
    }
    if (output.kind === 'map' && analysis.classes !== undefined) {
      report(['classes'], 'A map is of one class. Choose among "outputs".');
    }
  });
  analysis.classes?.forEach((label, index) => {
    if (!known.has(label)) report(['classes', index], 'The output has no class of this label.');
  });
  for (const label of Object.keys(analysis.coding ?? {})) {
    if (!known.has(label)) report(['coding', label], 'There is no class or map of this name.');
  }
}

function namesOf(things: readonly { readonly name: string }[]): string {
  return `It has ${things.map(({ name }) => `"${name}"`).join(', ')}.`;
}
