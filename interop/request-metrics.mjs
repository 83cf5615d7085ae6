// What the server counted by itself, to hold against what a client saw.

/**
 * Requests by "model CODE", as in "mlp OK", over all versions and priorities. The model is empty
 * where a request named none of the store.
 */
export async function requestsCounted(httpAddress) {
  const answer = await fetch(`http://${httpAddress}/metrics`);
  const counted = new Map();
  for (const line of (await answer.text()).split('\n')) {
    const match = /^deephealth_requests_total\{model="([^"]*)",.*code="([^"]*)"\} ([0-9]+)$/.exec(line);
    if (match === null) continue;
    const [, model, code, count] = match;
    const series = `${model} ${code}`;
    counted.set(series, (counted.get(series) ?? 0) + Number(count));
  }
  return counted;
}
