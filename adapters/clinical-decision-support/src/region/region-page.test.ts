import { describe, expect, it } from 'vitest';
import { EXPLANATION, xrayService } from '../../test/explained-xray.js';
import { highlightOf, type MadeRegion } from '../../test/region-answer.js';
import type { CatalogService } from '../service/service-catalog.js';
import { regionMap } from './region-map.js';
import { gonePage, type RegionPage, regionPage } from './region-page.js';

const service = {
  binding: xrayService(),
  manifest: { name: 'xray', version: '1.2.3', title: 'X-ray <b>model</b>', researchUseOnly: true },
  packageSha256: 'a'.repeat(64),
  output: { name: 'finding', kind: 'classification', explanation: EXPLANATION },
} as unknown as CatalogService;

function pageOf(changes: Partial<RegionPage> = {}, made: MadeRegion = {}): string {
  const highlight = highlightOf(0.9, made);
  const score = { label: 'pneumonia', value: 0.9, threshold: 0.76 };
  const outcome = {
    isAbstained: false,
    decision: ['pneumonia'],
    scores: new Map([['pneumonia', score]]),
    codes: [],
    classes: [],
  };
  return regionPage({
    ...{ service, outcome, explanation: highlight.explanation as never, map: regionMap(highlight) },
    overlay: Buffer.from('overlay'),
    picture: 'token/picture',
    mediaType: 'image/png',
    computedAt: new Date('2026-11-23T12:00:20Z'),
    until: new Date('2026-11-23T12:15:20Z'),
    language: 'en',
    ...changes,
  }).toString();
}

describe('the page of a region', () => {
  it('says the score, the decision, the threshold, which model it was, and until when it lives', () => {
    const page = pageOf();
    for (const said of [
      'pneumonia <b>90.0 %</b>',
      'pneumonia: 76.0 %',
      'xray 1.2.3',
      'a'.repeat(64),
      'until 2026-11-23 12:15 UTC',
      'For research use only.',
      'sooner than in each of 9 random orders',
      'by up to 29.9 percentage points',
      'names no patient',
    ]) {
      expect(page).toContain(said);
    }
  });

  it('shows the image by itself, and once more with the colours over it', () => {
    const page = pageOf();
    expect(page.match(/<img class="plain" src="token\/picture" width="28" height="28"/g)).toHaveLength(2);
    expect(page.match(/<img class="over" src="data:image\/png;base64,/g)).toHaveLength(1);
  });

  it('says that a browser does not show a DICOM image, and shows the colours alone', () => {
    const page = pageOf({ picture: undefined, mediaType: 'application/dicom' });
    expect(page).toContain('A browser does not show this image (application/dicom)');
    expect(page).not.toContain('class="plain"');
    expect(page).toContain('class="only" src="data:');
  });

  it.each([
    ['en', 'Doubtful region: when its strongest parts', 'Do not take the coloured places as the reason of the score.'],
    ['de', 'Zweifelhafte Region: Wurden ihre', 'Die farbigen Stellen nicht als Grund des Werts verstehen.'],
    ['it-CH', 'Regione dubbia: coprendo', 'Non considerare i punti colorati come la ragione del valore.'],
  ])('says in "%s" that a region is doubtful, before it is seen', (language, what, so) => {
    const page = pageOf({ language }, { isBetterThanRandom: false });
    expect(page).toContain(`<html lang="${language}">`);
    expect(page.indexOf(what)).toBeGreaterThan(0);
    expect(page.indexOf(what)).toBeLessThan(page.indexOf('<figure>'));
    expect(page).toContain(so);
  });

  it('says where nothing is coloured, and where the model did not look', () => {
    const nothing = pageOf({}, { at: (x) => (x < 3 ? Number.NaN : -0.1) });
    expect(nothing).toContain('No place is coloured');
    expect(nothing).toContain('Grey stripes');
    expect(nothing).not.toContain('class="scale"');
    expect(pageOf()).not.toContain('Grey stripes');
  });

  it('lets no text of others become markup, and holds no script and no address of another place', () => {
    const page = pageOf({ mediaType: '"><script>', picture: undefined });
    expect(page).toContain('X-ray &lt;b&gt;model&lt;/b&gt;');
    expect(page).not.toMatch(/<script|<b>model|https?:/);
  });
});

it.each([
  ['en', 'a new card brings a new link'],
  ['de', 'Die Akte des Patienten erneut öffnen'],
  ['it', 'Riaprire la cartella del paziente'],
])('the page of nothing says in "%s" what to do', (language, said) => {
  expect(gonePage(language).toString()).toContain(said);
});
