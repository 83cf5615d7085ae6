import type { Link } from './card.js';
import type { DetailVoice } from './card-detail.js';
import { formatPercent } from './format-number.js';
import { escapeMarkdown, fillWording } from './plain-text.js';

/** What a card says of the region behind its score. */
export type CardRegion =
  | {
      readonly kind: 'shown';
      readonly link: Link;
      readonly until: Date;
      /** Class that the region is about, with its probability. */
      readonly target: string;
      readonly score: number;
      readonly deletion: Deletion;
    }
  /** `late`: not there by the deadline. */
  | { readonly kind: 'late' | 'failed' };

/** What the region's own test found. */
export interface Deletion {
  readonly isBetterThanRandom: boolean;
  readonly faithfulness: number;
  readonly randomOrders: number;
}

/** That a region is shown, until when, and how far it can be trusted; or that there is none, and that the score stands. */
export function regionLines(region: CardRegion, { phrases, language }: DetailVoice): string {
  const say = phrases.region;
  if (region.kind !== 'shown') return escapeMarkdown(say[region.kind]);
  const { target, score, deletion, until } = region;
  const shown = fillWording(say.shown, {
    label: target,
    percent: formatPercent(score, language),
    until: timeText(until),
  });
  return [`**${say.title}**`, escapeMarkdown(shown), testLine(deletion, say)].join('\n\n');
}

function testLine({ isBetterThanRandom, randomOrders }: Deletion, say: DetailVoice['phrases']['region']): string {
  const text = escapeMarkdown(
    fillWording(isBetterThanRandom ? say.borneOut : say.doubtful, { orders: String(randomOrders) }),
  );
  // What must not be overlooked.
  return isBetterThanRandom ? text : `**${text}**`;
}

/** To the minute, in UTC: where the browser is, nobody knows. */
export function timeText(time: Date): string {
  return `${time.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}

/** For programs. */
export function regionExtension(region: CardRegion | undefined): object | undefined {
  if (region?.kind !== 'shown') return region && { isShown: false, why: region.kind };
  const { target, score, deletion, until } = region;
  return { isShown: true, target, probability: score, until: until.toISOString(), deletion: { ...deletion } };
}
