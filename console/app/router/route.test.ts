import { describe, expect, it } from 'vitest';
import { hrefOf, parseRoute, type Route, SECTION_PAGES } from './route.js';

describe('routes', () => {
  const routes: Route[] = [
    { page: 'models' },
    { page: 'model', name: 'heart-disease-risk', version: '1.0.0' },
    { page: 'try', name: 'a/b', version: '2.0.0+build 1' },
    ...SECTION_PAGES.map((page) => ({ page })),
  ];

  it.each(routes)('come back from their own address: $page', (route) => {
    expect(parseRoute(hrefOf(route))).toEqual(route);
  });

  it('begin with the models', () => {
    for (const hash of ['', '#', '#/', '#/models/']) expect(parseRoute(hash)).toEqual({ page: 'models' });
  });

  it.each([
    '#/model',
    '#/models/a',
    '#/models//1',
    '#/models/a/',
    '#/models/a/1/tried',
    '#/models/a/1/try/x',
    '#/%E0%A4%A',
  ])('are never guessed: %s', (hash) => {
    expect(parseRoute(hash).page).toBe('unknown');
  });
});
