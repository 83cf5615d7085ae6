import type { ImagePixels, ImageSize } from './image-size.js';
import type { ImageToTensorOptions } from './image-to-tensor.js';

/** The twin of `imageToTensor`. Its caller has checked the arguments. */
export function imageToTensorTwin(
  pixels: ImagePixels,
  size: ImageSize,
  options: ImageToTensorOptions,
  output: Float32Array,
): void {
  const { channels } = size;
  const { scale } = options;
  const plane = size.width * size.height;
  const count = options.channelOrder?.length ?? channels;
  for (let c = 0; c < count; c++) {
    const channel = options.channelOrder?.[c] ?? c;
    const mean = options.mean[c] as number;
    const std = options.std[c] as number;
    const [from, fromStep] = options.inputLayout === 'CHW' ? [channel * plane, 1] : [channel, channels];
    const [to, toStep] = options.layout === 'CHW' ? [c * plane, 1] : [c, count];
    if (pixels instanceof Uint8Array) {
      // A byte has 256 values: computing each once gives the same bits as computing it per pixel.
      const values = Float32Array.from({ length: 256 }, (_, x) => (x * scale - mean) / std);
      for (let i = 0; i < plane; i++) {
        output[to + i * toStep] = values[pixels[from + i * fromStep] as number] as number;
      }
    } else {
      for (let i = 0; i < plane; i++) {
        output[to + i * toStep] = ((pixels[from + i * fromStep] as number) * scale - mean) / std;
      }
    }
  }
}
