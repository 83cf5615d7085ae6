// Orthanc killed while a model is led over its slide.
import { join } from 'node:path';
import { expectEqual, expectTrue } from './check-report.mjs';
import { mapBytes } from './orthanc-results-checks.mjs';

/** Tiles that are done when Orthanc is killed, of a hundred. */
const KILLED_AFTER = 20;

/**
 * A run ends with the server, and goes on with it to the same map as `whole`, which nobody interrupted.
 * `restart` starts Orthanc anew with what it had.
 */
export async function checkOutage(stage, whole, restart) {
  const { check, folder, openWeb, predict } = stage;
  const run = { folder: join(folder, 'map-killed'), level: 0 };
  let answers = 0;
  const lead = async (options) => {
    const slide = await openWeb({ attempts: 3, retryDelayMs: 50 });
    answers = 0;
    const onAnswer = () => {
      answers += 1;
    };
    try {
      return await predict({ ...run, slide, onAnswer, ...options });
    } finally {
      await slide.close();
    }
  };
  let answeredBefore = 0;
  await check('a run whose Orthanc is killed ends as DH_PLATFORM_UNREACHABLE, after the retries', async () => {
    let killing;
    const onProgress = ({ done }) => {
      if (done >= KILLED_AFTER) killing ??= stage.orthanc.kill();
    };
    // One tile at a time: else all of this small slide would have been fetched by then.
    const error = await lead({ onProgress, tilesInFlight: 1 }).then(
      (result) => result.close(),
      (thrown) => thrown,
    );
    answeredBefore = answers;
    expectTrue('it was killed', killing !== undefined);
    await killing;
    expectEqual('code', error?.code, 'DH_PLATFORM_UNREACHABLE');
    expectTrue('it says how often it was tried', error.message.includes('3 attempts'));
  });
  await restart();
  await check('with Orthanc back, the same run goes on and gives the same bytes', async () => {
    const result = await lead({});
    const bytes = await mapBytes(result);
    await result.close();
    expectTrue('the map is the same', bytes.equals(whole.bytes));
    expectEqual('tiles', result.counts, whole.counts);
    const { examined } = whole.counts;
    // What was answered but not yet written down is asked for again.
    expectTrue(
      `${answers} tiles were left of ${examined}, after ${answeredBefore}`,
      answers < examined && answers >= examined - answeredBefore,
    );
  });
}
