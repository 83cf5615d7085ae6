import { describe, expect, it } from 'vitest';
import { parseSignalCsv } from './signal-csv.js';

const header = ['# rate_hz: 360', '# channels: MLII, V5', '# unit: mV'];
const csv = (...lines: string[]) => lines.join('\n');

describe('parseSignalCsv', () => {
  it('reads rate, channels, one unit for all and a number per channel in each line', () => {
    expect(parseSignalCsv('ecg.csv', csv(...header, '1,-2', '0.5, 1e-3', ''))).toEqual({
      channels: [
        { name: 'MLII', unit: 'mV' },
        { name: 'V5', unit: 'mV' },
      ],
      samplingRateHz: 360,
      samples: [
        [1, 0.5],
        [-2, 0.001],
      ],
    });
  });

  it('reads one unit per channel, Windows line ends, other comments, empty lines and headers anywhere', () => {
    const text = csv('# A comment', '1,2', '', '#channels:a,b', '# unit: mV , uV', '# rate_hz: 0.5', '3,4').replaceAll(
      '\n',
      '\r\n',
    );
    expect(parseSignalCsv('ecg.csv', text)).toEqual({
      channels: [
        { name: 'a', unit: 'mV' },
        { name: 'b', unit: 'uV' },
      ],
      samplingRateHz: 0.5,
      samples: [
        [1, 3],
        [2, 4],
      ],
    });
  });

  it('reads a file that starts with a byte order mark', () => {
    expect(parseSignalCsv('ecg.csv', `\ufeff${csv(...header, '1,2')}`).samplingRateHz).toBe(360);
  });

  it.each([
    ['a word', '1,two', 'line 5'],
    ['an empty cell', '1,', 'line 5'],
    ['NaN', 'NaN,1', 'line 5'],
    ['an infinity', '1,Infinity', 'line 5'],
    ['a number beyond the range', '1,1e999', 'line 5'],
    ['a number in another base', '0x10,1', 'line 5'],
    ['a decimal comma', '1,5,2,5', 'line 5'],
    ['a semicolon', '1;2', 'line 5'],
    ['a channel less', '1', 'line 5'],
    ['a channel more', '1,2,3', 'line 5'],
  ])('refuses %s and names the line, not the value', (_, line, where) => {
    expect(() => parseSignalCsv('ecg.csv', csv(...header, '7,7', line, '1,2'))).toThrowError(
      expect.objectContaining({
        code: 'DH_REQUEST_MALFORMED',
        details: { file: 'ecg.csv' },
        message: expect.stringMatching(new RegExp(`^"ecg.csv": ${where} .*\\.$`)),
      }),
    );
  });

  it.each([
    ['no rate', csv('# channels: a', '# unit: mV', '1'), '"# rate_hz: ..." is missing'],
    ['no channels', csv('# rate_hz: 1', '# unit: mV', '1'), '"# channels: ..." is missing'],
    ['no unit', csv('# rate_hz: 1', '# channels: a', '1'), '"# unit: ..." is missing'],
    ['an empty unit', csv('# rate_hz: 1', '# channels: a', '# unit:', '1'), '"# unit: ..." is missing'],
    ['nothing at all', '', 'is missing'],
    ['a rate of zero', csv('# rate_hz: 0', '# channels: a', '# unit: mV', '1'), '"# rate_hz:"'],
    ['a negative rate', csv('# rate_hz: -1', '# channels: a', '# unit: mV', '1'), '"# rate_hz:"'],
    ['a rate that is no number', csv('# rate_hz: fast', '# channels: a', '# unit: mV', '1'), '"# rate_hz:"'],
    ['an infinite rate', csv('# rate_hz: Infinity', '# channels: a', '# unit: mV', '1'), '"# rate_hz:"'],
    // The third channel would silently be read in the unit of the first.
    ['two units for three channels', csv('# rate_hz: 1', '# channels: a,b,c', '# unit: mV,uV', '1,2,3'), '"# unit:"'],
    ['more units than channels', csv('# rate_hz: 1', '# channels: a', '# unit: mV,uV', '1'), '"# unit:"'],
    ['an empty unit among others', csv('# rate_hz: 1', '# channels: a,b', '# unit: mV,', '1,2'), '"# unit:"'],
    ['a channel without a name', csv('# rate_hz: 1', '# channels: a,', '# unit: mV', '1,2'), '"# channels:"'],
    ['no samples', csv(...header), 'no samples'],
  ])('refuses %s and says what is wrong', (_, text, part) => {
    expect(() => parseSignalCsv('ecg.csv', text)).toThrowError(
      expect.objectContaining({ code: 'DH_REQUEST_MALFORMED', message: expect.stringContaining(part) }),
    );
  });
});
