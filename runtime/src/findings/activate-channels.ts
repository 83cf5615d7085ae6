/**
 * Softmax over the channels of every sample, in FP64: `exp(x - max) / sum`, as for classifications.
 *
 * @param values [channels, samples]
 * @returns the same layout, in memory of its own
 */
export function activateChannels(values: Float32Array | Float64Array, channels: number): Float64Array {
  const samples = values.length / channels;
  const output = new Float64Array(values.length);
  for (let i = 0; i < samples; i++) {
    let most = Number.NEGATIVE_INFINITY;
    for (let c = 0; c < channels; c++) most = Math.max(most, values[c * samples + i] as number);
    let sum = 0;
    for (let c = 0; c < channels; c++) {
      const power = Math.exp((values[c * samples + i] as number) - most);
      output[c * samples + i] = power;
      sum += power;
    }
    for (let c = 0; c < channels; c++) output[c * samples + i] = (output[c * samples + i] as number) / sum;
  }
  return output;
}
