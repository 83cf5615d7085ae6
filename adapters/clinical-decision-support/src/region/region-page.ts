import type { runtimeV1 } from '@deephealth/proto';
import { timeText } from '../cards/card-region.js';
import { formatNumber, formatPercent } from '../cards/format-number.js';
import { phrasesFor } from '../cards/phrases.js';
import { fillWording } from '../cards/plain-text.js';
import type { Outcome } from '../cards/score.js';
import type { CatalogService } from '../service/service-catalog.js';
import { type Html, html } from './html.js';
import { LEAST_STRONGEST, scalePng } from './overlay-png.js';
import { framed } from './page-frame.js';
import { type PagePhrases, pagePhrasesFor } from './page-phrases.js';
import type { RegionMap } from './region-map.js';

/** What the page is made of. Nothing of it names a patient, or says when the image was made. */
export interface RegionPage {
  readonly service: CatalogService;
  readonly outcome: Outcome;
  readonly explanation: runtimeV1.Explanation__Output & { readonly deletion: runtimeV1.DeletionTest__Output };
  readonly map: RegionMap;
  /** PNG that is laid over the image. */
  readonly overlay: Buffer;
  /** Address of the image, relative to the page; absent if a browser would not show it. */
  readonly picture?: string | undefined;
  readonly mediaType: string;
  readonly computedAt: Date;
  readonly until: Date;
  readonly language: string;
}

/** Below this many pixels a side, each is shown as it is: smoothing would show what is not in the image. */
const FEW_PIXELS = 256;

/** The page that the link of a card leads to: HTML without a script. */
export function regionPage(page: RegionPage): Buffer {
  const { service, language, computedAt, until } = page;
  const { manifest, packageSha256, binding } = service;
  const phrases = phrasesFor(language);
  const say = pagePhrasesFor(language);
  const isDoubtful = !page.explanation.deletion.isBetterThanRandom;
  const content = html`<h1>${phrases.region.title}</h1>
<p class="sub">${binding.title}${manifest.researchUseOnly ? ` – ${phrases.researchOnly}` : ''}</p>
${scorePart(page)}
${isDoubtful ? trustNote(page) : ''}
${picturesPart(page, say)}
${coloursPart(page, say)}
${trustPart(page, say)}
<footer>
<p class="note">${say.nobody} ${fillWording(say.until, { until: timeText(until) })}</p>
<dl>
<dt>${phrases.model}</dt><dd>${manifest.title}, ${manifest.name} ${manifest.version}</dd>
<dt>SHA-256</dt><dd>${packageSha256}</dd>
<dt>${say.computed}</dt><dd>${timeText(computedAt)}</dd>
</dl>
<p>${phrases.generated}</p>
</footer>`;
  return framed(language, phrases.region.title, content);
}

/** For an address that leads nowhere, whether it did once or not. */
export function gonePage(language: string): Buffer {
  const say = pagePhrasesFor(language);
  return framed(language, say.gone, html`<h1>${say.gone}</h1><p>${say.goneWhy}</p>`);
}

function scorePart({ outcome, explanation, language }: RegionPage): Html {
  const phrases = phrasesFor(language);
  const say = pagePhrasesFor(language);
  const { target } = explanation;
  const { value = explanation.score, threshold } = outcome.scores.get(target) ?? {};
  const percent = (share: number) => `${formatPercent(share, language)} %`;
  return html`<p class="score">${phrases.score}: ${target} <b>${percent(value)}</b></p>
<dl>
<dt>${say.decision}</dt><dd>${outcome.decision.join(', ') || '–'}</dd>
${threshold === undefined ? '' : html`<dt>${say.threshold}</dt><dd>${target}: ${percent(threshold)}</dd>`}
</dl>`;
}

function picturesPart({ map, overlay, picture, mediaType }: RegionPage, say: PagePhrases): Html {
  const { width, height } = map;
  const few = Math.max(width, height) < FEW_PIXELS ? ' pixels' : '';
  const layer = (name: string, from: string) =>
    html`<img class="${name}" src="${from}" width="${width}" height="${height}" alt="">`;
  const over = dataUrl(overlay);
  if (picture === undefined) {
    return html`<p class="note">${fillWording(say.notShown, { type: mediaType })}</p>
<div class="pictures"><figure><div class="frame bare${few}">${layer('only', over)}</div>
<figcaption>${say.markedAlone}</figcaption></figure></div>`;
  }
  return html`<div class="pictures">
<figure><div class="frame${few}">${layer('plain', picture)}</div><figcaption>${say.plain}</figcaption></figure>
<figure><div class="frame${few}">${layer('plain', picture)}${layer('over', over)}</div><figcaption>${say.marked}</figcaption></figure>
</div>`;
}

function coloursPart({ map, explanation, language }: RegionPage, say: PagePhrases): Html {
  const { strongest, isPartly } = map;
  const points = formatPercent(Math.max(strongest, LEAST_STRONGEST), language);
  const { target: label } = explanation;
  const text =
    strongest > 0
      ? fillWording(say.coloursMean, { label, strongest: formatPercent(strongest, language) })
      : fillWording(say.noColours, { label });
  const scale = html`<div class="scale">0 <span><img src="${dataUrl(scalePng())}" alt=""></span> ${fillWording(say.points, { points })}</div>`;
  return html`<h2>${say.colours}</h2>
<p>${text}</p>
${strongest > 0 ? scale : ''}
${isPartly ? html`<p>${say.striped}</p>` : ''}`;
}

function trustPart(page: RegionPage, say: PagePhrases): Html {
  const { deletion, runs } = page.explanation;
  const figures = { value: formatNumber(deletion.faithfulness, page.language), runs: String(runs) };
  return html`<h2>${say.trust}</h2>
${deletion.isBetterThanRandom ? trustNote(page) : ''}
<p>${fillWording(say.figures, figures)}</p>`;
}

/** What the test found. That it bears the region out stands below the pictures; a doubt is read before they are seen. */
function trustNote({ explanation, language }: RegionPage): Html {
  const { region } = phrasesFor(language);
  const { isBetterThanRandom, randomOrders } = explanation.deletion;
  const words = fillWording(isBetterThanRandom ? region.borneOut : region.doubtful, { orders: String(randomOrders) });
  return html`<p class="note${isBetterThanRandom ? '' : ' doubt'}">${words}</p>`;
}

const dataUrl = (png: Buffer) => `data:image/png;base64,${png.toString('base64')}`;
