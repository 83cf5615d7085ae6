import { describe, expect, it } from 'vitest';
import { importAugmentations } from './import-augmentations.js';

const container = (...lines: readonly string[]) => ['SequentialAugmentationContainer', ...lines, 'end'].join('\n');

function refusal(text: string) {
  try {
    importAugmentations(text);
  } catch (error) {
    return error as { code: string; message: string };
  }
  throw new Error('nothing was thrown');
}

describe('importAugmentations', () => {
  it('reads the pipelines that the DeepHealth toolkit ships', () => {
    const text = container('  AugResizeDim dims=(224,192) interp="cubic"', '  AugToFloat32 divisor=255 divisor_gt=255');
    expect(importAugmentations(text)).toEqual({
      steps: [
        { op: 'resize_image', width: 224, height: 192, interpolation: 'cubic' },
        { op: 'cast_image', dataType: 'FP32' },
        { op: 'divide_image', divisor: 255 },
      ],
      dataType: 'FP32',
      notes: [],
    });
  });

  it('reads that of ISIC, with means per channel, spaces and Windows line ends', () => {
    const text = container(
      'AugCenterCrop',
      'AugResizeDim dims = ( 224 , 224 ) interp="area" gt_interp="nearest"',
      'AugToFloat32 divisor=255 divisor_gt=255',
      'AugNormalize mean=(0.485, 0.456, 0.406) std=(0.229, 0.224, 0.225)',
    ).replaceAll('\n', '\r\n');
    expect(importAugmentations(text).steps).toEqual([
      { op: 'crop_image' },
      { op: 'resize_image', width: 224, height: 224, interpolation: 'area' },
      { op: 'cast_image', dataType: 'FP32' },
      { op: 'divide_image', divisor: 255 },
      { op: 'normalize_image', mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] },
    ]);
  });

  it('takes (w,h) as ECVL does, linear by default, and the nearest of OpenCV', () => {
    expect(importAugmentations('AugResizeDim dims=(3,2)').steps).toEqual([
      { op: 'resize_image', width: 3, height: 2, interpolation: 'linear' },
    ]);
    expect(importAugmentations('AugResizeScale scale=(0.5,2) interp="nearest"').steps).toEqual([
      { op: 'resize_image_by', scaleX: 0.5, scaleY: 2, interpolation: 'nearest-corner' },
    ]);
  });

  it('keeps what acts always and leaves out what never acts, with a note', () => {
    const { steps, notes } = importAugmentations(
      container(
        'AugMirror p=1',
        'AugFlip p=0',
        'AugRotate angle=[0,0]',
        'OneOfAugmentationContainer p=0',
        'AugFlip p=1',
        'end',
      ),
    );
    expect(steps).toEqual([{ op: 'flip_image', direction: 'horizontal' }]);
    expect(notes.map(({ line }) => line)).toEqual([3, 4, 5]);
  });

  it.each([
    ['AugDivBy255', 'gives 0 everywhere'],
    ['AugNormalize mean=0.5 std=0.5', 'cut off'],
    ['AugScaleTo new_min=0 new_max=1', 'cut off'],
    ['AugScaleFromTo old_min=0 old_max=255 new_min=0 new_max=1', 'cut off'],
    ['AugToFloat32 divisor=255', 'divided the masks of the training by 255'],
    ['AugResizeDim dims=(3,2) interpolation="cubic"', 'no parameter "interpolation"'],
  ])('notes the trap of %s and imports what ECVL computes', (text, words) => {
    const { steps, notes } = importAugmentations(text);
    expect(steps.length).toBeGreaterThan(0);
    expect(notes).toEqual([{ line: 1, message: expect.stringContaining(words) }]);
  });

  it('has no traps behind a conversion to float', () => {
    const text = container('AugToFloat32 divisor=1', 'AugDivBy255', 'AugScaleTo new_min=0 new_max=1');
    expect(importAugmentations(text).notes).toEqual([]);
  });

  it.each([
    ['AugToFloat32', 1, 'without divisor crashes ECVL'],
    ['AugToFloat32 divisor_gt=255', 1, 'without divisor crashes ECVL'],
    [container('AugToFloat divisor=255'), 2, 'no augmentation "AugToFloat" and crashes'],
    ['SequentialAugmentationContainer\nAugDivBy255', 1, 'no "end"'],
    [container('# resize', 'AugDivBy255'), 2, 'Comments'],
    ['AugDivBy255\nAugToFloat32 divisor=2', 2, 'ignores what follows'],
    ['', 1, 'no augmentation'],
    ['AugRandomCrop size=(3,2)', 1, 'throws on it without border_type'],
    ['AugRandomCrop size=(3,2) border_type="reflect_101"', 1, 'does not know the border_type "reflect_101"'],
    ['AugElasticTransform alpha=[1,2] sigma=[1,2] border_type="reflect101"', 1, 'border_type "reflect101"'],
    ['AugGaussianBlur sigma=[1,2]', 1, 'random'],
    ['AugFlip', 1, 'by chance (p=0.5)'],
    ['AugRotate angle=[-10,10]', 1, 'random angle'],
    ['AugRotate angle=[90,90]', 1, 'no typed step'],
    [container('OneOfAugmentationContainer p=0.5', 'AugFlip p=1', 'end'), 2, 'by chance'],
    ['AugResizeDim dims=(3,2) interp="lanczos4"', 1, 'nothing is taken in its place'],
    ['AugResizeDim dims=(3,2) interp="bilinear"', 1, 'does not know the interpolation'],
    ['AugResizeDim dims=(3,2,4)', 1, 'Volumes'],
    ['AugResizeDim dims=[3,2]', 1, 'must be a vector'],
    ['AugResizeDim dims=(0,2)', 1, 'whole numbers'],
    ['AugResizeDim dims=(3,2', 1, 'is not name=value'],
    ['AugResizeDim dims=(3,x)', 1, 'not a number'],
    ['AugResizeDim dims=(3,2) dims=(4,5)', 1, 'comes twice'],
    ['AugNormalize mean=(1,2,3) std=1', 1, 'both'],
    ['AugNormalize mean=1 std=0', 1, 'std of 0'],
    ['AugScaleTo new_min=0', 1, 'needs new_max'],
    ['AugScaleFromTo old_min=5 old_max=5 new_min=0 new_max=1', 1, 'below old_max'],
    ['AugToFloat32 divisor=1e999', 1, 'not a number'],
    ['SequentialAugmentationContainer\n'.repeat(40), 33, 'deeper'],
  ])('refuses %j', (text, line, words) => {
    const { code, message } = refusal(text);
    expect(code).toBe('DH_ECVL_FILE_INVALID');
    expect(message).toContain(`line ${line}:`);
    expect(message).toContain(words);
  });
});
