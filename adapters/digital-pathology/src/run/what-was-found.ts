import { type TilePlan, tileCentre } from '../plan/tile-plan.js';
import type { PixelRectangle, SlideGeometry } from '../slide/slide.js';
import type { RunProgress } from './run-state.js';
import { WARNING_KINDS } from './warning-kinds.js';

/** Where the slide could not be read, in pixels of level 0. */
export function unreadRectangles(
  { unread }: RunProgress,
  plan: TilePlan,
  geometry: SlideGeometry,
): readonly PixelRectangle[] {
  return unread.map(([column, row]) => tileCentre(plan, geometry, column, row));
}

const SENTENCES: Readonly<Partial<Record<(typeof WARNING_KINDS)[number], string>>> = {
  WARNING_KIND_OUTSIDE_TRAINING_RANGE: 'have values outside of the range that the model was trained on',
  WARNING_KIND_NEAR_THRESHOLD: 'lie near a threshold',
  WARNING_KIND_ABSTAINED: 'got no decision',
  WARNING_KIND_PARTLY_EXAMINED: 'were examined in part only',
  WARNING_KIND_UNLIKE_TRAINING_DATA: 'do not look like what the model was trained on',
};

/** Warnings of the runtime for people: those of tiles with their number, those of the model as such. */
export function warningTexts({ warnings, unread, abstained }: RunProgress): readonly string[] {
  const texts = WARNING_KINDS.flatMap((kind) => {
    const tiles = warnings[kind] ?? 0;
    const sentence = SENTENCES[kind];
    if (tiles === 0) return [];
    if (kind === 'WARNING_KIND_RESEARCH_USE_ONLY') return ['The model is for research only.'];
    if (kind === 'WARNING_KIND_DEPRECATED') return ['The model is deprecated.'];
    return sentence === undefined ? [] : [`${count(tiles)} ${sentence}.`];
  });
  return [
    ...texts,
    ...(abstained > 0 ? [`${count(abstained)} got no value, because the model abstained: their cells are empty.`] : []),
    ...(unread.length > 0 ? [`${count(unread.length)} could not be read from the slide: their cells are empty.`] : []),
  ];
}

function count(tiles: number): string {
  return tiles === 1 ? '1 tile' : `${tiles} tiles`;
}
