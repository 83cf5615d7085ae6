import type { SignalInputSpec } from '@deephealth/sdk';
import { checkFp32Range } from './fp32-range.js';
import { manifestInvalid } from './manifest-invalid.js';
import type { ProducedExtent } from './produced-shape.js';

/** Checks the steps of a signal; returns the shape that they give. */
export function checkSignalSteps(spec: SignalInputSpec, pointer: string): ProducedExtent[] {
  spec.channels.forEach((channel, index) => {
    checkFp32Range(channel.validRange, `${pointer}/channels/${index}/validRange`);
  });
  if (spec.samples.minimum > spec.samples.maximum)
    throw manifestInvalid(`${pointer}/samples`, 'has a minimum above its maximum.');
  const [{ channels }, ...rest] = spec.steps;
  channels.forEach((name, index) => {
    const at = `${pointer}/steps/0/channels/${index}`;
    if (!spec.channels.some((declared) => declared.name === name)) {
      throw manifestInvalid(at, `names "${name}", which is not a channel of this input. Use its name, not an alias.`);
    }
    if (channels.indexOf(name) < index) throw manifestInvalid(at, `selects "${name}" a second time.`);
  });
  rest.forEach((step, index) => {
    if (step.op === 'clip' && step.minimum > step.maximum) {
      throw manifestInvalid(`${pointer}/steps/${index + 1}`, 'clips to a minimum above its maximum. Swap them.');
    }
  });
  return [{ minimum: 1, maximum: 1 }, { minimum: channels.length, maximum: channels.length }, spec.samples];
}
