import { type BindingMaterial, jsonFile, type PlannedBinding } from './planned-binding.js';

const PLATFORM = 'digital-pathology';

/** An analysis that leads the model over a slide, tile by tile. */
export function planDigitalPathology({ manifest, title, inquiry }: BindingMaterial): PlannedBinding {
  const [input] = manifest.inputs;
  const [output] = manifest.outputs;
  if (input?.kind !== 'image') return not(`The model takes a ${input?.kind}, and a slide is cut into images.`);
  if (output?.kind !== 'classification') return not('Only classifications, masks and maps are shown over a slide.');
  const decoded = input.steps.find(({ op }) => op === 'decode_image');
  if (decoded?.op !== 'decode_image' || decoded.colour === 'gray')
    return not('The model takes grey images, and a stained slide is in colour.');
  const shape = manifest.tensors.inputs.find(({ name }) => name === input.feeds)?.shape ?? [];
  const extents = shape.slice(1).filter((extent) => extent > 4);
  const [size] = extents;
  if (extents.length !== 2 || size !== extents[1] || size === undefined)
    return not('Tiles are squares of a fixed size, and the tensor of the model is none.');
  const answer = inquiry.ask({
    id: 'pathology.micronsPerPixel',
    ask: 'At how many micrometres a pixel was the model trained, or 0 if its images are no tiles of slides?',
    why: 'No file says it, and at another magnification the answers mean nothing.',
    takes: 'number',
    isRequired: true,
  });
  if (answer === 0) return not('Its images are no tiles of slides, as somebody has said.');
  if (answer === undefined) return { ...not('To be asked.'), isApplicable: true };
  const analysis = {
    ...{ label: labelOf(manifest.name), title: `${title}, tile by tile`.slice(0, 200), input: input.name },
    ...{ outputs: [output.name], tile: { size, micronsPerPixel: Number(answer) } },
  };
  return {
    ...{ platform: PLATFORM, isApplicable: true, why: `An analysis "${analysis.label}" of tiles of ${size} pixels.` },
    files: { 'bindings/digital-pathology.json': jsonFile({ schemaVersion: 1, analyses: [analysis] }) },
  };
}

/** Names of maps have letters, digits and "_". */
export const labelOf = (name: string) => name.replace(/\W/g, '_').slice(0, 40);

const not = (why: string): PlannedBinding => ({ platform: PLATFORM, isApplicable: false, why, files: {} });
