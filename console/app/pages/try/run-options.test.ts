import { expect, it } from 'vitest';
import { isFrame, mayHaveFrames, queryOf } from './run-options.js';

it('asks for what was chosen, and for nothing else', () => {
  expect(queryOf({ frame: '', highlight: false })).toBe('');
  expect(queryOf({ frame: ' 3 ', highlight: false })).toBe('?frame=3');
  expect(queryOf({ frame: '0', highlight: true })).toBe('?frame=0&highlight=true');
});

it('takes whole numbers from 0 for frames', () => {
  expect(['', '0', ' 12 '].map(isFrame)).toEqual([true, true, true]);
  expect(['-1', '1.5', 'x', '1e3'].map(isFrame)).toEqual([false, false, false, false]);
});

it('offers a frame for files that may have several', () => {
  expect(['a.tif', 'a.dcm', 'IM0001'].map(mayHaveFrames)).toEqual([true, true, true]);
  expect(['a.png', 'A.JPG', 'a.jpeg', 'a.bmp'].map(mayHaveFrames)).toEqual([false, false, false, false]);
});
