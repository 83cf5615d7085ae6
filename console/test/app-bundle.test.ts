import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';

const folder = fileURLToPath(new URL('../dist/app/', import.meta.url));
const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) =>
  /\.(?:js|css|html|svg)$/.test(name),
);
const read = (name: string) => readFileSync(join(folder, name));

describe('the built app', () => {
  it('is under 120 KB with gzip', () => {
    const sizes = files.map((name) => gzipSync(read(name)).length);
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(120_000);
    expect(files.some((name) => name.endsWith('.js'))).toBe(true);
  });

  it('is a page without scripts or styles of its own, as its policy demands', () => {
    const page = read('index.html').toString();
    expect(page).not.toMatch(/<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc=)/);
    for (const [, address] of page.matchAll(/\s(?:src|href)="([^"]+)"/g)) expect(address).toMatch(/^\.\/assets\//);
  });

  it('evaluates no text, and sets no HTML of others', () => {
    const scripts = files.filter((name) => name.endsWith('.js')).map((name) => read(name).toString());
    expect(scripts.join('\n')).not.toMatch(/\beval\(|new Function\(|document\.write\(/);
  });

  it('fetches nothing that its style names', () => {
    const styles = files.filter((name) => name.endsWith('.css')).map((name) => read(name).toString());
    expect(styles.join('\n')).not.toMatch(/url\(|@import/);
  });

  it('carries the licences of what is in it', () => {
    expect(read('licences.md').toString()).toMatch(
      /preact[\s\S]*mdast-util-from-markdown|mdast-util-from-markdown[\s\S]*preact/,
    );
  });

  it('has names that change with what the files hold', () => {
    for (const name of files.filter((one) => one !== 'index.html'))
      expect(name).toMatch(/^assets\/[\w-]+-[\w-]{8}\.\w+$/);
  });
});
