import type { ComponentChildren } from 'preact';
import type { ModelState } from '../../src/api.js';
import { text } from '../text/text.js';
import { Icon, type IconName } from './icon.js';

export type Tone = 'good' | 'warn' | 'bad' | 'quiet' | 'busy';

/** A state: in words, with a picture and a colour that add nothing to them. */
export function Badge({
  tone,
  icon,
  children,
}: {
  readonly tone: Tone;
  readonly icon: IconName;
  readonly children: ComponentChildren;
}) {
  return (
    <span class={`badge ${tone}`}>
      <Icon name={icon} />
      {children}
    </span>
  );
}

const STATES: Record<ModelState, readonly [Tone, IconName]> = {
  READY: ['good', 'check'],
  QUARANTINED: ['bad', 'barrier'],
  SUSPENDED: ['warn', 'pause'],
  VERIFYING: ['busy', 'wait'],
  DISCOVERED: ['busy', 'wait'],
  DRAINING: ['busy', 'wait'],
  UNLOADED: ['quiet', 'dash'],
  UNSPECIFIED: ['quiet', 'question'],
};

export function StateBadge({ state }: { readonly state: ModelState }) {
  const [tone, icon] = STATES[state] ?? STATES.UNSPECIFIED;
  return (
    <Badge tone={tone} icon={icon}>
      {text.state[state] ?? state}
    </Badge>
  );
}
