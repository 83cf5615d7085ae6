import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ConsoleOptions, type ConsoleRequest, type ConsoleResponse, consoleRoutes } from '@deephealth/console';
import { afterAll, describe, expect, it } from 'vitest';

const outside = mkdtempSync(join(tmpdir(), 'deephealth-console-'));
afterAll(() => rmSync(outside, { recursive: true, force: true }));
writeFileSync(join(outside, 'secret.txt'), 'secret');
const folder = join(outside, 'app');
mkdirSync(join(folder, 'assets'), { recursive: true });
for (const [name, content] of [
  ['index.html', '<!doctype html><title>app</title>'],
  ['icon.svg', '<svg/>'],
  ['assets/index-B1c2D3e4.js', 'export {};'],
  ['assets/index-B1c2D3e4.js.map', '{}'],
  ['assets/plain.css', 'a{}'],
] as const) {
  writeFileSync(join(folder, name), content);
}

/** The page needs nothing of the server. */
const answer = async (path: string, appFolder = folder): Promise<ConsoleResponse & { text: string }> => {
  const routes = consoleRoutes({ appFolder, hasAccessControl: true } as unknown as ConsoleOptions);
  const route = routes.find((one) => one.path === '/console/{file...}');
  const response = await (route as (typeof routes)[number]).handle({ param: () => path } as unknown as ConsoleRequest);
  return { ...response, text: Buffer.concat(response.body).toString() };
};

describe('files of the page', () => {
  it('are served with their types, and kept for ever where their names hold a digest', async () => {
    const script = await answer('assets/index-B1c2D3e4.js');
    expect(script).toMatchObject({ status: 200, contentType: 'text/javascript; charset=utf-8', text: 'export {};' });
    expect(script.headers?.['cache-control']).toBe('public, max-age=31536000, immutable');
    for (const path of ['', 'index.html', 'icon.svg', 'assets/plain.css']) {
      const { status, headers } = await answer(path);
      expect([status, headers?.['cache-control']]).toEqual([200, 'no-cache']);
    }
  });

  it('all have the policy that nothing of others, and nothing inline, is loaded', async () => {
    for (const path of ['', 'icon.svg', 'assets/index-B1c2D3e4.js']) {
      const policy = (await answer(path)).headers?.['content-security-policy'] ?? '';
      expect(policy).toMatch(/^default-src 'none'; script-src 'self'; style-src 'self';/);
      expect(policy).not.toMatch(/unsafe|\*|https?:/);
    }
  });

  it('are the page at places of its own', async () => {
    expect((await answer('models/heart')).text).toContain('<title>app</title>');
  });

  it.each([
    'assets/index-B1c2D3e4.js.map',
    'assets/none.js',
    '../secret.txt',
    'assets/../../secret.txt',
    '..',
    'a/../b',
    'api/v1/none',
    'api',
  ])('are not found at %s', async (path) => {
    const { status, text } = await answer(path);
    expect(status).toBe(404);
    expect(JSON.parse(text).error.code).toBe('DH_CONSOLE_ITEM_NOT_FOUND');
  });

  it('are a plain page that says so, where the page was not built', async () => {
    const { status, text } = await answer('', join(folder, 'none'));
    expect(status).toBe(200);
    expect(text).toContain('was not built');
    expect(text).not.toMatch(/<script|<style|style=/);
  });
});
