/** What is looked for among things that arrive, and for how long. */
export interface Wanted {
  /** Things before this number do not count. */
  readonly from: number;
  readonly withinMs: number;
}

/**
 * The first of the things that is as wanted, at once or within the time; else undefined.
 *
 * @param things grows as they arrive
 * @param watchers are called whenever one has arrived
 */
export function firstSeen<Thing>(
  things: readonly Thing[],
  watchers: Set<() => void>,
  isWanted: (thing: Thing) => boolean,
  { from, withinMs }: Wanted,
): Promise<Thing | undefined> {
  return new Promise((resolve) => {
    const find = () => things.slice(from).find(isWanted);
    const finish = () => {
      clearTimeout(timer);
      watchers.delete(look);
      resolve(find());
    };
    const look = () => {
      if (find() !== undefined) finish();
    };
    const timer = setTimeout(finish, withinMs);
    watchers.add(look);
    look();
  });
}
