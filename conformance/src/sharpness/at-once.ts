/** So many of what mostly waits go on beside each other. */
const AT_ONCE = 4;

/**
 * `use` of every one, some at once, the results in the order of `all`.
 *
 * @param isAlone what must not be disturbed: these come last, one after the other
 */
export async function atOnce<One, Result>(
  all: readonly One[],
  use: (one: One) => Promise<Result>,
  isAlone: (one: One) => boolean = () => false,
): Promise<Result[]> {
  const results: Result[] = [];
  const places = [...all.keys()];
  const together = places.filter((place) => !isAlone(all[place] as One));
  const lane = async () => {
    for (let place = together.shift(); place !== undefined; place = together.shift()) {
      results[place] = await use(all[place] as One);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
  for (const place of places.filter((one) => isAlone(all[one] as One))) results[place] = await use(all[place] as One);
  return results;
}
