import { describe, expect, it } from 'vitest';
import { AttachmentNames, isAttachmentName } from './attachment-name.js';

describe('names of attachments', () => {
  it('may be names and folders of most scripts', () => {
    for (const name of [
      'a',
      'a.dcm',
      'series/1.dcm',
      'Ünïcode 漢字.nii.gz',
      'a/b/c/d',
      '.hidden',
      'a..b',
      'x (1).png',
    ]) {
      expect(isAttachmentName(name), name).toBe(true);
    }
  });

  it('neither leave their folder nor mean another thing somewhere', () => {
    const names = [
      ...['', '.', '..', '../a', 'a/../b', 'a/..', './a', '/a', '/etc/passwd', 'a//b', 'a/', '//host/share'],
      ...['..\\a', 'a\\b', '\\a', 'C:\\a', 'C:a', 'a:stream', '%2e%2e/a', '..%2fa', 'a%00b', 'a\0', 'a\nb', 'a\u0085b'],
      ...[
        'a.',
        'a ',
        ' a',
        'a./b',
        'a /b',
        '...',
        '. .',
        'a/ b',
        'a*',
        'a?',
        'a"b',
        'a|b',
        '<a>',
        '\u202eabc',
        '\ufeffa',
      ],
      ...[
        'a'.repeat(256),
        `${'a/'.repeat(16)}a`,
        `${'a'.repeat(200)}/`.repeat(6).slice(0, -1),
        '\ufffd',
        'é'.repeat(128),
      ],
    ];
    for (const name of names) expect(isAttachmentName(name), JSON.stringify(name)).toBe(false);
  });

  it('are there once, whatever a file system takes for the same', () => {
    const pairs = [
      ['a.dcm', 'a.dcm'],
      ['a.dcm', 'A.DCM'],
      ['\u00e9', 'e\u0301'],
      ['a', 'a/b'],
      ['a/b', 'a'],
      ['a/b/c', 'A/b'],
    ];
    for (const [first, second] of pairs as [string, string][]) {
      const names = new AttachmentNames();
      names.add(first);
      expect(() => names.add(second), `${first} ${second}`).toThrow(/attachment 2/);
    }
    const names = new AttachmentNames();
    for (const name of ['a/b', 'a/c', 'ab', 'a.c']) names.add(name);
  });

  it('are never repeated by a refusal', () => {
    expect(() => new AttachmentNames().add('../DUPONT')).toThrow(/^(?!.*DUPONT)/);
  });
});
