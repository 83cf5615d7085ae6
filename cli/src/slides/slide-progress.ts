import type { SlideProgress } from '@deephealth/adapter-digital-pathology';

const INTERVAL_MS = 1000;

/**
 * Tells on standard error how many tiles are done, how many a second, and how long the rest takes: on a terminal
 * in one line, elsewhere every tenth part. Silent for --json.
 */
export function slideProgress(isQuiet: boolean): { update(progress: SlideProgress): void; end(): void } {
  if (isQuiet) return { update: () => undefined, end: () => undefined };
  let shownAt = Date.now();
  let shownTenth = 0;
  let isShown = false;
  return {
    update({ stage, done, total, tilesPerSecond }) {
      if (stage !== 'tiles' || Date.now() - shownAt < INTERVAL_MS) return;
      const tenth = Math.floor((10 * done) / Math.max(total, 1));
      if (!process.stderr.isTTY && tenth === shownTenth) return;
      shownAt = Date.now();
      shownTenth = tenth;
      isShown = true;
      const left = tilesPerSecond > 0 ? `, about ${duration((total - done) / tilesPerSecond)} left` : '';
      const line = `tiles ... ${done} of ${total}, ${tilesPerSecond.toFixed(1)} a second${left}`;
      process.stderr.write(process.stderr.isTTY ? `\r${line}   ` : `${line}\n`);
    },
    end() {
      if (isShown && process.stderr.isTTY) process.stderr.write('\n');
    },
  };
}

function duration(seconds: number): string {
  if (seconds < 100) return `${Math.ceil(seconds)} s`;
  const minutes = Math.ceil(seconds / 60);
  return minutes < 100 ? `${minutes} min` : `${(minutes / 60).toFixed(1)} h`;
}
