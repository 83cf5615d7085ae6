import { describe, expect, it } from 'vitest';
import { isPublicAddress, parseCallbackHosts } from './callback-hosts.js';

const hosts = parseCallbackHosts([
  'hooks.example.org',
  'hooks.example.org:8443',
  { host: 'pacs.hospital.example', isPrivate: true },
  '127.0.0.1:9000',
  'localhost:9000',
  '[::1]:9000',
]);

describe('hosts of callbacks', () => {
  it('are those that are listed, with their port', () => {
    const good = [
      ...['https://hooks.example.org', 'https://hooks.example.org/a?b=c', 'https://HOOKS.example.org:443/a'],
      ...['https://hooks.example.org:8443/', 'https://pacs.hospital.example/', 'http://127.0.0.1:9000/x'],
      ...['http://localhost:9000/', 'http://[::1]:9000/', 'https://127.0.0.1:9000/'],
    ];
    for (const url of good) expect(() => hosts.target(url, 'successUri'), url).not.toThrow();
  });

  it('are no others, however they are written', () => {
    const bad = [
      ...[
        'http://hooks.example.org/',
        'https://hooks.example.org:444/',
        'https://example.org/',
        'https://x.hooks.example.org/',
      ],
      ...[
        'https://hooks.example.org.evil.example/',
        'https://hooks.example.org@evil.example/',
        'https://a:b@hooks.example.org/',
      ],
      ...[
        'https://evil.example#@hooks.example.org/',
        'https://hooks.example.org\\@evil.example/',
        'https://@hooks.example.org/',
      ],
      ...[
        'http://2130706433:9000/',
        'http://0x7f000001:9000/',
        'http://0177.0.0.1:9000/',
        'http://127.1:9000/',
        'http://127.0.0.1/',
      ],
      ...[
        'http://[::ffff:127.0.0.1]:9000/',
        'http://[::ffff:7f00:1]:9000/',
        'http://[0:0:0:0:0:0:0:1]:9000/',
        'http://0:9000/',
      ],
      ...[
        'http://127.0.0.2:9000/',
        'https://hooks.example.org./',
        'https://hooks%2eexample.org/',
        'https://hooks。example.org/',
      ],
      ...[
        'ftp://hooks.example.org/',
        'file:///etc/passwd',
        'javascript:1',
        'hooks.example.org',
        '//hooks.example.org/',
        '',
      ],
      ...[
        ' https://hooks.example.org/',
        'https://hooks.example.org/\r\nX: y',
        'https:hooks.example.org',
        'https:///hooks.example.org',
      ],
      ...[
        'http://localhost:9000#x',
        'http://localhost.:9000/',
        'http://169.254.169.254/',
        'https://hooks.example.org/'.padEnd(3000, 'x'),
      ],
      ...[7, null, undefined, {}, ['https://hooks.example.org/']],
    ];
    for (const url of bad) {
      let thrown: unknown;
      try {
        hosts.target(url, 'subscriber.successUri');
      } catch (error) {
        thrown = error;
      }
      expect(thrown, String(url)).toMatchObject({
        code: 'DH_CALLBACK_REFUSED',
        details: { field: 'subscriber.successUri' },
      });
      expect(String(thrown)).not.toMatch(/evil|passwd|127/);
    }
  });

  it('may lead inside only where the operator said so', () => {
    const inside = [
      '127.0.0.1',
      '10.0.0.1',
      '192.168.1.1',
      '172.16.0.1',
      '169.254.169.254',
      '::1',
      'fe80::1',
      'fc00::1',
    ];
    const { mayReach } = hosts.target('https://hooks.example.org/', 'x');
    const isPrivate = hosts.target('https://pacs.hospital.example/', 'x').mayReach;
    for (const address of inside) expect([mayReach(address), isPrivate(address)], address).toEqual([false, true]);
    expect(mayReach('93.184.216.34')).toBe(true);
  });

  it('knows what is no public address', () => {
    const not = [
      ...[
        '0.0.0.0',
        '100.64.0.1',
        '224.0.0.1',
        '255.255.255.255',
        '::',
        '::ffff:10.0.0.1',
        '::ffff:7f00:1',
        '64:ff9b::7f00:1',
      ],
      ...['2002:7f00:1::', '192.0.2.1', 'nothing', '', '198.18.0.1', 'ff02::1'],
    ];
    for (const address of not) expect(isPublicAddress(address), address).toBe(false);
    for (const address of ['8.8.8.8', '2606:4700:4700::1111', '::ffff:8.8.8.8']) {
      expect(isPublicAddress(address), address).toBe(true);
    }
  });

  it('are refused where the configuration is none', () => {
    for (const entry of ['', 'a b', 'a/b', 'user@host', 'http://a', '2130706433', 'a:99999', 'a?b', '[::1', 'a#b']) {
      expect(() => parseCallbackHosts([entry]), entry).toThrow(/callbackHosts\[0\]/);
    }
  });
});
