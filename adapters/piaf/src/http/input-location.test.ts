import { describe, expect, it } from 'vitest';
import { indexAttachments } from './attachment-name.js';
import { inputLocation } from './input-location.js';

const roots = [
  { name: 'archive', folder: '/srv/archive' },
  { name: 'inner', folder: '/srv/archive2/' },
];
const options = { field: 'studies[0].location', roots, attachments: indexAttachments(['a b.dcm', 'series/1.dcm']) };

describe('inputLocation', () => {
  it('finds attachments, folders of them, and files below roots', () => {
    const expected = {
      'a%20b.dcm': { kind: 'attachment', path: 'a b.dcm' },
      series: { kind: 'attachment', path: 'series' },
      'series/': { kind: 'attachment', path: 'series' },
      'root:archive/x/..y.dcm': { kind: 'root', root: 'archive', path: 'x/..y.dcm' },
      'root:archive/100%.dcm': { kind: 'root', root: 'archive', path: '100%.dcm' },
      'file:///srv/archive/x/y%25.dcm': { kind: 'root', root: 'archive', path: 'x/y%.dcm' },
      'file://localhost/srv/archive2/y.dcm': { kind: 'root', root: 'inner', path: 'y.dcm' },
      'file:/srv/archive/y.dcm': { kind: 'root', root: 'archive', path: 'y.dcm' },
    };
    for (const [location, input] of Object.entries(expected)) expect(inputLocation(location, options)).toEqual(input);
    expect(inputLocation('a b.dcm', { ...options, isPath: true })).toEqual({ kind: 'attachment', path: 'a b.dcm' });
  });

  it('refuses all that is elsewhere, and repeats none of it', () => {
    const locations = [
      ...['', 7, null, undefined, {}, 'x'.repeat(5000), 'none.dcm', 'serie', 'series/2.dcm', '../a b.dcm', '/a b.dcm'],
      ...['%2e%2e/a', 'a%2', 'a%00', 'series/../a b.dcm', 'http://h/a', 'https://h/a', 's3://b/a', 'data:,x', 'C:/a'],
      ...['root:other/a', 'root:archive', 'root:archive/', 'root:archive/../x', 'root:archive/a/../../x', 'root:/a'],
      ...['root:archive/a//b', 'root:archive/./a', 'root:archive/a\\..\\b', 'root:archive/a\0', 'root:archive//etc'],
      ...['root:constructor/a', 'root:__proto__/a', 'root:toString/a'],
      ...[
        'file:///etc/passwd',
        'file:///srv/archive',
        'file:///srv/archive/',
        'file:///srv/archive/../x',
        'file://h/srv/archive/a',
      ],
      ...['file:///srv/archive/%2e%2e/x', 'file:///srv/archive/a%2f..%2fb', 'file:///srv/archive/..\\x', 'file:a'],
      ...['file:///srv/archive/a%00', 'file:///srv/archive/a?x', 'file:///srv/archive/a#x', 'file:///srv/archive3/a'],
      ...['file:///srv/archive/a%5cb', 'file:///srv/archive/%E0%A4%A', 'file:////srv/archive/a', 'FILE:///etc/passwd'],
    ];
    for (const location of locations) {
      let thrown: unknown;
      try {
        inputLocation(location, options);
      } catch (error) {
        thrown = error;
      }
      expect(thrown, String(location)).toMatchObject({ code: 'DH_CHAIN_REQUEST_INVALID' });
      expect(String(thrown)).not.toMatch(/passwd|srv|DUPONT/);
    }
    expect(() => inputLocation('a b.dcm', { field: 'href', roots })).toThrow(/root:<name>/);
  });
});
