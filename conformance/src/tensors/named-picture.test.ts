import { pngFile } from '@deephealth/sdk/testing';
import { describe, expect, it } from 'vitest';
import { decodePicture, namedPicture } from './named-picture.js';
import { namedTensor } from './named-tensor.js';

describe('namedPicture', () => {
  it('is a PNG file of the tensor, which is read back as it was', () => {
    const file = namedPicture('noise7-3x5.png');
    expect(file.subarray(1, 4).toString()).toBe('PNG');
    const { height, width, values } = decodePicture(file);
    expect([height, width]).toEqual([3, 5]);
    expect(Buffer.from(values)).toEqual(Buffer.from(namedTensor('noise7-3x5.uint8').data));
    expect([...decodePicture(namedPicture('list(1,2,3,4)-2x2.png')).values]).toEqual([1, 2, 3, 4]);
  });

  it.each(['noise7-3x5.jpeg', 'noise7-3.png', 'stairs-3x5.png', '3x5.png'])('refuses "%s"', (name) => {
    expect(() => namedPicture(name)).toThrow(RangeError);
  });

  it('reads no other picture', () => {
    const colours = pngFile({ width: 1, height: 1, depth: 8, colour: 'rgb', bytes: [1, 2, 3] });
    expect(() => decodePicture(colours)).toThrow(RangeError);
    expect(() => decodePicture(Buffer.from('no picture'))).toThrow(RangeError);
    expect(() => decodePicture(Buffer.alloc(0))).toThrow(RangeError);
  });
});
