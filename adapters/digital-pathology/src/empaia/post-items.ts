import { DeepHealthError } from '@deephealth/sdk';
import { TooLarge, UncertainOutcome } from './app-api.js';
import { creatorOf, type OutputContext } from './output-context.js';
import { onceByKey } from './post-once.js';

/** More than that no client of EMPAIA sends at a time. */
const MOST_ITEMS = 5000;
/** Collections that are begun for an output before the platform counts as unreachable. */
const MOST_COLLECTIONS = 3;

/**
 * Fills the collection of an output, and returns the ids of its items in the order of the items.
 *
 * What the platform has confirmed is not sent again. Where an answer got lost, items may be there and may not, and
 * nothing says which: the output is then begun anew, with another collection in the place of the first.
 *
 * @param itemsFrom the items from the one on that is counted so, the same ones each time
 */
export async function postItems(
  context: OutputContext,
  key: string,
  document: object,
  itemsFrom: (first: number) => AsyncIterable<object>,
): Promise<readonly string[]> {
  for (let attempt = 0; attempt < MOST_COLLECTIONS; attempt++) {
    const { journal } = context;
    if (journal.output(key)?.isUncertain === true) await journal.forget(key);
    const { items } = await onceByKey(context, key, { type: 'collection', ...document, items: [] });
    if (journal.output(key)?.isComplete === true) return items;
    try {
      return await fill(context, key, itemsFrom);
    } catch (error) {
      if (!(error instanceof UncertainOutcome)) throw error;
    }
  }
  throw new DeepHealthError(
    'DH_PLATFORM_UNREACHABLE',
    `The EMPAIA platform lost its answers to ${MOST_COLLECTIONS} attempts to fill a collection.`,
  );
}

async function fill(
  context: OutputContext,
  key: string,
  itemsFrom: (first: number) => AsyncIterable<object>,
): Promise<readonly string[]> {
  let most = MOST_ITEMS;
  let batch: object[] = [];
  const send = async () => {
    while (batch.length > 0) {
      const part = batch.slice(0, most);
      const sent = await sendPart(context, key, part);
      if (sent) batch = batch.slice(part.length);
      else if (part.length > 1) most = Math.ceil(part.length / 2);
      else throw new DeepHealthError('DH_PLATFORM_REFUSED', 'The EMPAIA platform takes not even one item at a time.');
    }
  };
  for await (const item of itemsFrom(context.journal.output(key)?.items.length ?? 0)) {
    batch.push({ ...item, ...creatorOf(context) });
    if (batch.length >= most) await send();
  }
  await send();
  const filled = context.journal.output(key) as NonNullable<ReturnType<typeof context.journal.output>>;
  await context.journal.set(key, { ...filled, isComplete: true });
  return filled.items;
}

/** False if they are too many. */
async function sendPart({ api, journal, signal }: OutputContext, key: string, part: object[]): Promise<boolean> {
  const before = journal.output(key) as NonNullable<ReturnType<typeof journal.output>>;
  await journal.set(key, { ...before, isUncertain: true });
  try {
    const ids = await api.postItems(before.id, part, signal);
    await journal.set(key, { ...before, items: [...before.items, ...ids] });
    return true;
  } catch (error) {
    if (!(error instanceof TooLarge)) throw error;
    await journal.set(key, before);
    return false;
  }
}
