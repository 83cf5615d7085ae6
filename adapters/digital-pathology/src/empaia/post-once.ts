import type { PostedOutput } from './job-journal.js';
import { aboutSlide, creatorOf, type OutputContext } from './output-context.js';

/** Posts an output about the slide, unless this job has done so before. */
export async function onceByKey(
  context: OutputContext,
  key: string,
  document: object,
  { isComplete = false } = {},
): Promise<PostedOutput> {
  const before = context.journal.output(key);
  if (before !== undefined) return before;
  const { id } = await context.api.postOutput(
    key,
    { ...document, ...aboutSlide(context), ...creatorOf(context) },
    context.signal,
  );
  const posted = { id, isComplete, items: [], isUncertain: false };
  await context.journal.set(key, posted);
  return posted;
}
