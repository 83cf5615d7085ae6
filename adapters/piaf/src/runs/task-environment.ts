const KEPT = ['PATH', 'LANG', 'LC_ALL', 'TZ', 'TMPDIR', 'LD_LIBRARY_PATH', 'CUDA_VISIBLE_DEVICES'];

/** Environment of the steps of a run: what programs need to start, and nothing that may be secret. */
export function taskEnvironment(own: NodeJS.ProcessEnv = process.env): Record<string, string> {
  const kept = KEPT.flatMap((name) => (own[name] === undefined ? [] : [[name, own[name] as string]]));
  return { ...Object.fromEntries(kept), ORT_DISABLE_TELEMETRY: '1' };
}
