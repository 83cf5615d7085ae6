import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { readEcvlDataset } from './read-dataset.js';

const read = (text: string) => readEcvlDataset(Buffer.from(text));
const labelled = (label: string) =>
  read(`classes: [a, b, c]\nimages:\n  - location: x.png\n    label: ${label}`).samples[0];

function refusal(text: string | Uint8Array): string {
  try {
    readEcvlDataset(Buffer.from(text));
  } catch (error) {
    expect(error).toMatchObject({ code: 'DH_ECVL_FILE_INVALID' });
    return (error as Error).message;
  }
  throw new Error('nothing was thrown');
}

describe('readEcvlDataset', () => {
  it('reads every form of an entry', () => {
    const { samples, task, splits } = read(`%YAML:1.2
---
name: forms
classes: [a, b, c]
features: [age, side]
images:
  - one.png
  - [p1.png, p2.png]
  - location: two.png
    label: b
    values: [63, null]
  - location: [p3.png, p4.png]
    label: [0, c]
    values: { side: left }
  - location: three.png
    label: 2
split:
  test: [0, 2]
  anything: [1]
`);
    expect(task).toBe('classification');
    expect(samples.map(({ locations }) => locations)).toEqual([
      ['one.png'],
      ['p1.png', 'p2.png'],
      ['two.png'],
      ['p3.png', 'p4.png'],
      ['three.png'],
    ]);
    expect(samples.map(({ label }) => label?.kind === 'classes' && label.classes)).toEqual([
      false,
      false,
      [1],
      [0, 2],
      [2],
    ]);
    expect(samples[2]?.values).toEqual(new Map([['age', '63']]));
    expect(samples[3]?.values).toEqual(new Map([['side', 'left']]));
    expect([...splits]).toEqual([
      ['test', [0, 2]],
      ['anything', [1]],
    ]);
    expect(samples.every(({ problem }) => problem === undefined)).toBe(true);
  });

  it('is a segmentation without classes, whose labels are masks', () => {
    const { task, samples } = read('images:\n  - location: a.png\n    label: masks/a.png');
    expect(task).toBe('segmentation');
    expect(samples[0]?.label).toEqual({ kind: 'mask', location: 'masks/a.png' });
  });

  it('says that a misspelt class becomes the path of a mask', () => {
    const { samples, notes } = read('classes: [melanoma, nevus]\nimages:\n  - location: a.png\n    label: melanom');
    expect(samples[0]?.label).toEqual({ kind: 'mask', location: 'melanom' });
    expect(notes).toEqual([expect.stringContaining('1 labels are not names of classes')]);
  });

  it('takes a number for an index before a name, quoted or not, and says so', () => {
    const { samples, notes } = read('classes: ["1", "0"]\nimages:\n  - location: a.png\n    label: "1"');
    expect(samples[0]?.label).toEqual({ kind: 'classes', classes: [1] });
    expect(notes).toEqual([expect.stringContaining('index')]);
  });

  it.each([
    ['3', 'there are 3 classes'],
    ['-1', 'there are 3 classes'],
    ['010', 'octal'],
    ['0x1', 'octal or hexadecimal'],
    ['[a, lost]', 'would drop its other labels'],
    ['[a, a]', 'twice'],
    ['{ a: b }', 'is a map'],
    ['[[a]]', 'a list'],
  ])('keeps a sample with the label %s, and why it cannot be used', (label, words) => {
    expect(labelled(label)?.problem).toContain(words);
  });

  it.each([
    ['http://host/a.png; rm -rf ~', 'never fetched'],
    ['https://host/$(touch pwned).png', 'never fetched'],
    ['file:///etc/passwd', 'never fetched'],
  ])('never fetches %s', (location, words) => {
    const { samples } = read(
      `images:\n  - ${JSON.stringify(location)}\n  - location: a.png\n    label: ${JSON.stringify(location)}`,
    );
    expect(samples.map(({ problem }) => problem)).toEqual([
      expect.stringContaining(words),
      expect.stringContaining(words),
    ]);
  });

  it('keeps shell characters of a path as they are: nothing runs them', () => {
    const location = 'a; rm -rf $HOME `x` | y && z .png';
    expect(read(`images:\n  - ${JSON.stringify(location)}`).samples[0]).toMatchObject({ locations: [location] });
  });

  it.each([
    ['values: 5', 'must be a list or a map'],
    ['values: { weight: 5 }', 'which the dataset does not name'],
    ['values: [[1]]', 'a list'],
    ['lable: a', 'does not know'],
  ])('keeps a sample with %s, and why it cannot be used', (line, words) => {
    const { samples } = read(`features: [age]\nimages:\n  - location: a.png\n    ${line}`);
    expect(samples[0]?.problem).toContain(words);
  });

  it.each([
    ['- location: 5', undefined],
    ['- location: ', 'must be a path'],
    ['- []', 'empty'],
    ['- { label: a }', 'must be a path'],
  ])('judges the entry %s', (entry, words) => {
    const problem = read(`classes: [a]\nimages:\n  ${entry}`).samples[0]?.problem;
    if (words === undefined) expect(problem).toBeUndefined();
    else expect(problem).toContain(words);
  });

  it('notes what is in two splits, twice in one, or twice in the list', () => {
    const { notes, splits } = read(
      'images: [a.png, b.png, a.png]\nsplit:\n  training: [0, 1, 1]\n  test: [1]\n  validation: []',
    );
    expect(splits.get('training')).toEqual([0, 1]);
    const text = notes.join('\n');
    for (const words of [
      'locations of another sample',
      'twice',
      '1 samples are in the split "training" and in "test"',
      'empty',
    ]) {
      expect(text).toContain(words);
    }
  });

  it.each([
    ['text alone', 'must be a map'],
    ['[1, 2]', 'must be a map'],
    ['name: x', 'needs "images"'],
    ['images: 5', 'needs "images", a list'],
    ['images: [a.png]\nclasses: a', 'list of names'],
    ['images: [a.png]\nclasses: [a, [b]]', 'names are texts'],
    ['images: [a.png]\nclasses: [a, a]', 'twice'],
    ['images: [a.png]\nname: [1]', 'needs a text'],
    ['images: [a.png]\nsplit: [0]', 'map of lists'],
    ['images: [a.png]\nsplit: { test: 0 }', 'list of indices'],
    ['images: [a.png]\nsplit: { test: [1] }', 'from 0 to 0'],
    ['images: [a.png]\nsplit: { test: [0.0] }', 'whole numbers'],
    ['images: [a.png]\nsplit: { test: [-1] }', 'whole numbers'],
    ['images: [a.png]\nimages: [b.png]', 'line 2'],
    ['images: [a.png', 'not YAML at line'],
    ['images:\n\t- a.png', 'not YAML at line'],
    ['images: [a.png]\n---\nimages: [b.png]', 'not YAML at line'],
    ['images: &list [a.png]\nclasses: *list', 'anchor'],
    ['images: [!!js/function "x"]', 'line 1'],
    ['images: [!file a.png]', 'line 1'],
    [`images: ${'['.repeat(100_000)}`, 'nests deeper'],
    [`images:\n${'- '.repeat(5000)}x`, 'nests deeper'],
  ])('refuses %j', (text, words) => {
    expect(refusal(text)).toContain(words);
  });

  it('refuses a bomb of aliases, what is not UTF-8, and what is too large, before it costs anything', () => {
    const levels = Array.from({ length: 9 }, (_, i) => `a${i + 1}: &a${i + 1} [${Array(9).fill(`*a${i}`).join(', ')}]`);
    const started = performance.now();
    expect(refusal(`a0: &a0 [x, x, x]\n${levels.join('\n')}\nimages: *a9`)).toContain('anchor');
    expect(refusal(Uint8Array.of(0x69, 0xff, 0xfe))).toContain('UTF-8');
    expect(refusal(Buffer.alloc(9 * 1024 * 1024, 0x20))).toContain('larger');
    expect(performance.now() - started).toBeLessThan(5000);
  });

  it('does not take names that objects have by themselves for anything', () => {
    const { samples } = read(
      '__proto__: { polluted: true }\nclasses: [constructor]\nimages:\n  - location: __proto__\n    label: constructor',
    );
    expect(samples[0]).toMatchObject({ locations: ['__proto__'], label: { kind: 'classes', classes: [0] } });
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  });
});

const folder = fileURLToPath(new URL('../../../../shared/data/ecvl/', import.meta.url));

describe.skipIf(!existsSync(folder))('datasets of the DeepHealth project (needs ../shared/data)', () => {
  const dataset = (file: string) => readEcvlDataset(readFileSync(`${folder}${file}`));

  it("are read: ECVL's own example, planes, features and all", () => {
    const { classes, features, samples, splits, notes } = dataset('dataset.yaml');
    expect([classes.length, features.length, samples.length]).toEqual([3, 4, 11]);
    expect(samples[0]).toMatchObject({
      label: { classes: [1] },
      values: new Map([
        ['feature_1', 'value_1'],
        ['feature_3', 'value_3'],
      ]),
    });
    expect(samples[10]?.locations).toHaveLength(4);
    expect([...splits.keys()]).toEqual(['training', 'validation', 'test']);
    expect(notes).toHaveLength(1);
  });

  it('are read: ISIC 2018, whose classes all have samples', () => {
    const { samples, classes, splits, notes } = dataset('isic_classification_2018.yml');
    const counts = classes.map(
      (_, index) => samples.filter(({ label }) => label?.kind === 'classes' && label.classes[0] === index).length,
    );
    expect(counts.every((count) => count > 0)).toBe(true);
    expect(samples.filter(({ problem }) => problem !== undefined)).toEqual([]);
    expect(notes).toEqual([]);
    const used = [...splits.values()].flat();
    expect(new Set(used).size).toBe(used.length);
  });

  it('are read: MS lesions, with masks and values beyond the named features', () => {
    const { task, samples } = dataset('ms_segmentation.yml');
    expect(task).toBe('segmentation');
    expect(samples).toHaveLength(15);
    expect(samples.every(({ label }) => label?.kind === 'mask')).toBe(true);
    expect(samples[0]?.values.get('number_of_slices')).toBe('512');
  });
});
