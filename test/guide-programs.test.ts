import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { readGuides, withPrograms } from '../scripts/render-guide-programs.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const guides = readGuides();
const shown = [...guides.values()].flatMap((text) =>
  [...text.matchAll(/<!-- shown: the program (\S+) -->/g)].map(([, file]) => file),
);

describe('programs in the guides', () => {
  it.each([...guides.keys()])('%s shows each as the repository has it', (file) => {
    const text = guides.get(file) as string;
    expect(withPrograms(text) === text, 'renew it by "node scripts/render-guide-programs.mjs"').toBe(true);
  });

  it('are all that lie in the folders of samples that are for guides', () => {
    const folders = ['samples/clients', 'samples/packaging', 'samples/embed'];
    const programs = folders.flatMap((folder) =>
      readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
        .map((file) => `${folder}/${file.replaceAll('\\', '/')}`)
        .filter((file) => /\.(py|ts|mjs|java|go|cs)$/.test(file) && !/\/(generated|target|build)\//.test(file)),
    );
    expect(programs.length).toBeGreaterThan(15);
    expect(programs.filter((file) => !shown.includes(file))).toEqual([]);
  });
});
