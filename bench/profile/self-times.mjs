const INSTALLED = /.*\/node_modules\//;
const OURS = /.*\/(?=(?:proto|sdk|runtime|native)\/dist\/)/;

/**
 * The functions of a CPU profile with the most time of their own, as lines of text. "(idle)" is time
 * in which the process waited for something.
 */
export function selfTimes({ nodes, samples, timeDeltas }, count) {
  const functions = new Map(nodes.map(({ id, callFrame }) => [id, nameOf(callFrame)]));
  const times = new Map();
  let total = 0;
  samples.forEach((id, index) => {
    const name = functions.get(id);
    times.set(name, (times.get(name) ?? 0) + timeDeltas[index]);
    total += timeDeltas[index];
  });
  const sorted = [...times].sort(([, left], [, right]) => right - left).slice(0, count);
  return sorted.map(([name, time]) => `${((time / total) * 100).toFixed(1).padStart(6)} %  ${name}`);
}

function nameOf({ functionName, url, lineNumber }) {
  const name = functionName || '(anonymous)';
  return url === '' ? name : `${name}  ${url.replace(INSTALLED, '').replace(OURS, '')}:${lineNumber + 1}`;
}
