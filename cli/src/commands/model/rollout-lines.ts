import type { runtimeV1 } from '@deephealth/proto';

/** A rollout for people, with what it has shown. */
export function rolloutLines(state: runtimeV1.RolloutState__Output): string[] {
  const { modelName, rollout, subject, chosenRequests, shadow } = state;
  const lines: string[] = [];
  if (rollout?.candidateVersion) {
    const who = rollout.tenants.length === 0 ? '' : ` of tenants ${rollout.tenants.join(', ')}`;
    lines.push(
      `${modelName}: ${rollout.candidateVersion} answers ${percent(rollout.candidateShare)} of the requests that name no version${who}; ${chosenRequests} so far`,
    );
  }
  if (rollout?.shadowVersion) {
    lines.push(`${modelName}: ${rollout.shadowVersion} runs in the shadow of ${percent(rollout.shadowShare)}`);
  }
  if (lines.length === 0) lines.push(`${modelName}: no rollout`);
  lines.push(`  set by ${subject || 'the configuration'}`);
  if (shadow) {
    lines.push(
      `  shadow: ${shadow.compared} compared, ${shadow.sameDecisions} with the same decisions, ${shadow.sameValues} with the same values; largest difference ${shadow.largestDifference.toPrecision(3)}; ${shadow.failed} failed, ${shadow.dropped} dropped`,
    );
  }
  return lines;
}

function percent(share: number): string {
  return `${Number((share * 100).toFixed(4))} %`;
}
