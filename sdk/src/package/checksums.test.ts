import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { formatChecksums, isPackagePath, parseChecksums, sha256 } from './checksums.js';

const a = 'a'.repeat(64);
const b = 'b'.repeat(64);

describe('SHA256SUMS', () => {
  it('is sorted by the bytes of the paths, not by the language of the machine', () => {
    const paths = ['golden/a.json', 'model.onnx', 'MODEL_CARD.md', 'golden-a.json', 'golden.json', 'Z', '_z', '0'];
    const text = formatChecksums(new Map(paths.map((path) => [path, a])));
    expect(text.split('\n').map((line) => line.slice(66))).toEqual([
      '0',
      'MODEL_CARD.md',
      'Z',
      '_z',
      'golden-a.json',
      'golden.json',
      'golden/a.json',
      'model.onnx',
      '',
    ]);
    expect(text).toMatch(/^(a{64} {2}\S+\n)+$/);
  });

  it('is the same text whatever the order the files came in', () => {
    const one = formatChecksums(
      new Map([
        ['x', a],
        ['y', b],
      ]),
    );
    expect(
      formatChecksums(
        new Map([
          ['y', b],
          ['x', a],
        ]),
      ),
    ).toBe(one);
  });

  it('comes back as it was, also with the star of binary mode', () => {
    const sums = new Map([
      ['a/b.json', a],
      ['model.onnx', b],
    ]);
    expect(parseChecksums(formatChecksums(sums))).toEqual(sums);
    expect(parseChecksums(`${a} *model.onnx\n`)).toEqual(new Map([['model.onnx', a]]));
    expect(parseChecksums('')).toEqual(new Map());
  });

  it.each([
    ['a short digest', `${a.slice(1)}  x`],
    ['an upper-case digest', `${'A'.repeat(64)}  x`],
    ['one space', `${a} x`],
    ['no path', `${a}  `],
    ['another tool', `SHA256 (x) = ${a}`],
    ['an escaped line', `\\${a}  x`],
    ['a line end of Windows', `${a}  x\r`],
  ])('with %s is refused by its line', (_, line) => {
    expect(() => parseChecksums(`${b}  ok\n${line}\n`)).toThrowError(
      expect.objectContaining({ code: 'DH_FILE_DIGEST_MISMATCH', details: { file: 'SHA256SUMS', line: '2' } }),
    );
  });

  it.each([
    '../model.onnx',
    'a/../../etc/passwd',
    '/etc/passwd',
    '..\\model.onnx',
    'a\\b',
    'C:/model.onnx',
    './model.onnx',
    'a//b',
    'a/',
    '.hidden',
    'a/.git/config',
    'a b',
    'modèle.onnx',
    `${'a'.repeat(256)}`,
    'a\u0000b',
  ])('with the path %j is refused by its line', (path) => {
    expect(isPackagePath(path)).toBe(false);
    expect(() => parseChecksums(`${b}  ok\n${a}  ${path}\n`)).toThrowError(
      expect.objectContaining({ code: 'DH_PACKAGE_PATH_INVALID', details: { file: 'SHA256SUMS', line: '2' } }),
    );
  });

  it('may not list the same path twice, or only one of the digests would be checked', () => {
    expect(() => parseChecksums(`${a}  x\n${b}  x\n`)).toThrowError(
      expect.objectContaining({ code: 'DH_FILE_DIGEST_MISMATCH', details: { file: 'SHA256SUMS', line: '2' } }),
    );
  });
});

describe('sha256', () => {
  it('gives the digests of FIPS 180-2', () => {
    expect(sha256('abc')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
    expect(sha256(new Uint8Array())).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
  });

  it.skipIf(spawnSync('sha256sum', ['--version']).status !== 0)('agrees with coreutils', () => {
    const { stdout } = spawnSync('sha256sum', ['-'], { input: 'DeepHealth\n', encoding: 'utf8' });
    expect(`${sha256('DeepHealth\n')}  -\n`).toBe(stdout);
  });
});
