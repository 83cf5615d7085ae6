import { DeepHealthError, seededRandom } from '@deephealth/sdk';
import { describe, expect, it } from 'vitest';
import { parseXml } from './xml-tree.js';

describe('parseXml', () => {
  it('gives elements with their names, attributes, text and places', () => {
    const root = parseXml(
      '<a:x xmlns:a="urn:a" k="&lt;1&#x26;"\n  other:y="no" xmlns:other="urn:o">\n  <y\n/> t<![CDATA[<]]> </a:x>',
    );
    expect(root).toMatchObject({ name: 'x', namespace: 'urn:a', text: 't<', line: 1, column: 1 });
    expect([...root.attributes]).toEqual([['k', '<1&']]);
    expect(root.children).toMatchObject([{ name: 'y', namespace: '', line: 3, column: 3 }]);
  });

  it('counts lines by any line end', () => {
    for (const end of ['\n', '\r\n', '\r']) {
      expect(parseXml(`<a>${end}${end} <b></b></a>`).children).toMatchObject([{ line: 3, column: 2 }]);
    }
  });

  it.each([
    ['', 'Line 1, column 1: no well-formed XML (document must contain a root element).'],
    ['<a>\n <b></c></a>', 'Line 2, column 8: no well-formed XML (unexpected close tag).'],
    ['<a x="1" x="2"/>', 'Line 1, column 16: no well-formed XML (duplicate attribute: x).'],
    ['<a>&b;</a>', 'Line 1, column 6: no well-formed XML (undefined entity).'],
    ['<!DOCTYPE a [<!ENTITY b "c">]><a/>', 'Line 1, column 30: a document type declaration is refused.'],
    ['<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>', /a document type declaration is refused/],
    ['<a/><b/>', /documents may contain only one root/],
    ['<p:a/>', /unbound namespace prefix/],
  ])('refuses %j', (text, message) => {
    expect(() => parseXml(text)).toThrow(
      expect.objectContaining({
        code: 'DH_RULES_MALFORMED',
        message: typeof message === 'string' ? message : expect.stringMatching(message),
      }),
    );
  });

  it('refuses elements in thousands in each other', () => {
    expect(() => parseXml('<a>'.repeat(100_000))).toThrow('more than 200 elements lie in each other');
  });

  it('reads a document of many elements', () => {
    expect(parseXml(`<a>${'<b c="d">e</b>'.repeat(50_000)}</a>`).children).toHaveLength(50_000);
  });

  it('answers broken texts with elements or a named error, and nothing else', () => {
    const random = seededRandom(4);
    const text = '<?xml version="1.0"?><a x="1"><b>t&amp;</b><!-- c --><c y=\'2\'/></a>';
    const pieces = [
      '<',
      '>',
      '&',
      '"',
      ']]>',
      '<![CDATA[',
      '<!--',
      '\u0000',
      '<?',
      'xmlns:',
      '/',
      '\ud800',
      '<!DOCTYPE',
    ];
    for (let i = 0; i < 2000; i += 1) {
      const at = Math.floor(random() * text.length);
      const broken =
        text.slice(0, at) + pieces[Math.floor(random() * pieces.length)] + text.slice(at + Math.floor(random() * 4));
      try {
        parseXml(broken);
      } catch (error) {
        expect(error, broken).toBeInstanceOf(DeepHealthError);
        expect((error as DeepHealthError).code).toBe('DH_RULES_MALFORMED');
      }
    }
  });
});
