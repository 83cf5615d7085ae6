import type { MapChannel, SlideMap } from '../map/slide-map.js';
import { outputRefusal } from './output-failure.js';

/**
 * Place of the channel that a file is about: the named one, or the only one.
 *
 * @throws DH_REQUEST_MALFORMED
 */
export function channelOf({ channels }: SlideMap, wanted: string | undefined, file: string): number {
  const index = wanted === undefined ? 0 : channels.findIndex(({ label }) => label === wanted);
  const isClear = wanted !== undefined || channels.length === 1;
  if (index >= 0 && isClear && channels[index] !== undefined) return index;
  throw outputRefusal(
    file,
    wanted === undefined ? 'the map has several channels; name the one to write' : 'the map has no such channel',
  );
}

/**
 * Places of the channels that a file is about: the named ones, or all.
 *
 * @throws DH_REQUEST_MALFORMED if there is none of a name
 */
export function channelsOf({ channels }: SlideMap, wanted: readonly string[] | undefined, file: string): number[] {
  const places = channels.flatMap(({ label }, at) => (wanted === undefined || wanted.includes(label) ? [at] : []));
  const isAll = wanted?.every((label) => channels.some((one) => one.label === label)) ?? true;
  if (places.length > 0 && isAll) return places;
  throw outputRefusal(file, 'the map has no such channel');
}

/**
 * Probability from which on a cell counts as a class, in 32 bits as those of a map are, so that 0.7 reaches 0.7.
 *
 * @throws DH_REQUEST_MALFORMED
 */
export function thresholdOf(channel: MapChannel, given: number | undefined, file: string): number {
  return Math.fround(statedThreshold(channel, given, file));
}

/**
 * The threshold as it was written: the given one, else that of the model. None is guessed.
 *
 * @throws DH_REQUEST_MALFORMED
 */
export function statedThreshold(channel: MapChannel, given: number | undefined, file: string): number {
  const threshold = given ?? channel.threshold;
  if (threshold !== undefined && threshold >= 0 && threshold <= 1) return threshold;
  throw outputRefusal(
    file,
    threshold === undefined
      ? `neither you nor the model says from which probability on a cell counts as "${channel.label}"; name a threshold`
      : 'a threshold is a probability from 0 to 1',
  );
}
