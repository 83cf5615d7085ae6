import type { ImageDecodeStep, ImageInputSpec } from '@deephealth/sdk';

export function isDecoder(step: ImageInputSpec['steps'][number]): step is ImageDecodeStep {
  return step.op === 'decode_image' || step.op === 'decode_dicom' || step.op === 'decode_dicom_colour';
}

/** The step that decodes files of a media type; undefined if the manifest does not take them. */
export function decoderFor(spec: ImageInputSpec, mediaType: string): ImageDecodeStep | undefined {
  if (!(spec.mediaTypes as readonly string[]).includes(mediaType)) return undefined;
  const isDicom = mediaType === 'application/dicom';
  return spec.steps.filter(isDecoder).find(({ op }) => (op !== 'decode_image') === isDicom);
}
