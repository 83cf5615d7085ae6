import { buildOnnxModel } from '@deephealth/sdk/testing';

/** Sizes of the messages, in numbers of four bytes. */
const WIDTHS = { '256b': 64, '64kib': 2 ** 14, '1mib': 2 ** 18, '16mib': 2 ** 22, '64mib': 2 ** 24 };

// A golden case is text: one of 64 MiB would be longer than a text can be, so its model takes any width.
const LARGEST_GOLDEN = 2 ** 22;

const tensor = (name, width) =>
  width > LARGEST_GOLDEN
    ? { name, dataType: 'FP32', shape: [-1, -1], maxExtent: width, nonFinite: 'allow' }
    : { name, dataType: 'FP32', shape: [-1, width], nonFinite: 'allow' };

/**
 * Gives back what it gets: all the time a call of it takes goes into the way there and back. Its values
 * may be anything, so that none is looked at on the way.
 */
const identity = ([size, width]) => ({
  name: `bench-identity-${size}`,
  tensors: {
    inputs: [tensor('x', width)],
    outputs: [tensor('y', width)],
  },
  goldenShape: [1, width > LARGEST_GOLDEN ? 8 : width],
  build: () =>
    buildOnnxModel({
      inputs: [{ name: 'x', dataType: 'FP32', shape: ['batch', 'width'] }],
      outputs: [{ name: 'y', dataType: 'FP32', shape: ['batch', 'width'] }],
      nodes: [{ op: 'Identity', inputs: ['x'], outputs: ['y'] }],
    }),
});

export const IDENTITIES = Object.entries(WIDTHS).map(identity);
