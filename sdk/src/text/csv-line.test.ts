import { expect, it } from 'vitest';
import { csvLine } from './csv-line.js';

it('quotes what RFC 4180 says, and keeps formulas from being run', () => {
  expect(csvLine(['a', 1.5, '', 'x,"y"', 'two\nlines'])).toBe('a,1.5,,"x,""y""","two\nlines"\r\n');
  expect(csvLine(['=1+1', '+1', '-1', '@a', '\tx', '\uff1d1', -1])).toBe("'=1+1,'+1,'-1,'@a,'\tx,'\uff1d1,-1\r\n");
});
