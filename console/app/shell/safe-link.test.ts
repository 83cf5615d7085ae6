import { describe, expect, it } from 'vitest';
import { jobLook } from '../pages/platforms/job-state.js';
import { safeLink } from './safe-link.js';

describe('a link that the server gives', () => {
  const base = 'http://127.0.0.1:8080/console/';

  it('leads to a page', () => {
    expect(safeLink('/rules/a', base)).toBe('http://127.0.0.1:8080/rules/a');
    expect(safeLink('https://viewer.example/?slide=1', base)).toBe('https://viewer.example/?slide=1');
  });

  it.each([undefined, '', 'javascript:run()', 'data:text/html,x', 'file:///a', 'http://'])('is none: %s', (url) => {
    expect(safeLink(url, base)).toBeUndefined();
  });
});

describe('a run of a chain', () => {
  it.each([
    ['COMPLETE', 'good'],
    ['successful', 'good'],
    ['EXECUTOR_ERROR', 'bad'],
    ['failed', 'bad'],
    ['CANCELED', 'quiet'],
    ['dismissed', 'quiet'],
    ['RUNNING', 'busy'],
    ['QUEUED', 'busy'],
  ])('in state %s looks %s', (state, tone) => {
    expect(jobLook(state)[0]).toBe(tone);
  });
});
