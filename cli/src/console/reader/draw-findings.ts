import type { Drawing } from '@deephealth/console';
import type { runtimeV1 } from '@deephealth/proto';
import { gridFindings } from '../../results/grid-finding.js';
import { drawDetections } from './draw-detections.js';
import { drawOverlay, drawPicture } from './draw-overlay.js';
import { drawSignal } from './draw-signal.js';

/**
 * What can be drawn of a response over the inputs that were sent, by the name of the finding: masks, maps and the
 * regions behind scores over their picture; the signal, or the picture, at the first of the others.
 */
export async function drawFindings(
  inputs: readonly runtimeV1.NamedInput[],
  response: runtimeV1.PredictResponse__Output,
): Promise<Map<string, Drawing>> {
  const drawings = new Map<string, Drawing>();
  for (const finding of gridFindings(response)) {
    const drawing = await drawOverlay(finding, inputs).catch(() => undefined);
    if (drawing !== undefined) drawings.set(finding.name, drawing);
  }
  for (const { name, detections } of response.findings) {
    if (detections && !drawings.has(name)) drawings.set(name, drawDetections(detections));
  }
  const [first] = response.findings.filter(({ name }) => !drawings.has(name));
  if (first === undefined || drawings.size > 0) return drawings;
  const drawing = drawSignal(inputs) ?? (await drawPicture(inputs).catch(() => undefined));
  return drawing === undefined ? drawings : drawings.set(first.name, drawing);
}
