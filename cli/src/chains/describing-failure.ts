import { writeFile } from 'node:fs/promises';
import { DeepHealthError } from '@deephealth/sdk';

/** Runs a step; what it throws is written to a file, too, for whatever started the step and sees an exit code. */
export async function describingFailure(path: string | undefined, step: () => Promise<void>): Promise<void> {
  try {
    await step();
  } catch (thrown) {
    const { code, message } = DeepHealthError.from(thrown);
    // The failure itself is told in any case.
    if (path !== undefined) await writeFile(path, `${JSON.stringify({ code, message })}\n`).catch(() => undefined);
    throw thrown;
  }
}
