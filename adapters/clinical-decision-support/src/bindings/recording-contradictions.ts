import type { InputSpec, SignalInputSpec } from '@deephealth/sdk';
import { CONTEXT } from '../mapping/resources-of.js';
import { isUcumUnit } from '../mapping/ucum-units.js';
import { type Report, under } from './binding-problem.js';
import type { ChannelBinding, ServiceBinding } from './cds-hooks-binding.js';

const KINDS = ['table', 'signal', 'image'];

/** What is wrong with the signal or the image of a service, in itself and beside the manifest. */
export function checkRecording(service: ServiceBinding, input: InputSpec, report: Report): void {
  if (!KINDS.includes(input.kind)) {
    report(['input'], `It is of kind ${input.kind}. Only tables, signals and images are filled from FHIR.`);
  }
  for (const kind of ['signal', 'image'] as const) {
    const binds = service[kind];
    if (binds === undefined) {
      if (input.kind === kind) report([], `Input "${input.name}" is of kind ${kind}. Add "${kind}".`);
      continue;
    }
    if (input.kind !== kind) {
      report([kind], `Input "${input.name}" is of kind ${input.kind}. Remove it.`);
      continue;
    }
    if (binds.from !== CONTEXT && !Object.hasOwn(service.prefetch, binds.from)) {
      report([kind, 'from'], `There is no prefetch key "${binds.from}". Add one, or take "${CONTEXT}".`);
    }
  }
  if (input.kind === 'signal') checkSignal(service, input, under(report, 'signal'));
  if (input.kind === 'image') {
    for (const mediaType of service.image?.mediaTypes ?? []) {
      if (!input.mediaTypes.includes(mediaType))
        report(['image', 'mediaTypes'], `The manifest does not accept ${mediaType}. Remove it.`);
    }
  }
}

function checkSignal({ signal }: ServiceBinding, input: SignalInputSpec, report: Report): void {
  if (signal === undefined) return;
  if (signal.mediaTypes !== undefined && signal.codes === undefined) {
    report([], 'Only codes tell the file of a recording from any other. Add "codes".');
  }
  const { channels } = signal;
  if (channels === undefined) return;
  for (const { name, unit } of input.channels) {
    const channel = Object.hasOwn(channels, name) ? channels[name] : undefined;
    if (channel === undefined) report(['channels'], `Channel "${name}" of the manifest is not bound. Add it.`);
    else checkChannel(channel, unit, under(report, 'channels', name));
  }
  for (const name of Object.keys(channels)) {
    if (!input.channels.some((channel) => channel.name === name))
      report(['channels', name], 'The manifest has no channel of this name. Remove it, or check its spelling.');
  }
  checkDistinct(channels, report);
}

function checkChannel({ unit, interleaved }: ChannelBinding, declared: string, report: Report): void {
  if (unit !== declared)
    report(['unit'], `The manifest declares "${declared}"; the unit of the binding must be the same.`);
  else if (!isUcumUnit(unit)) report(['unit'], `"${unit}" is not a unit of UCUM.`);
  if (interleaved !== undefined && interleaved.index >= interleaved.of) {
    report(['interleaved', 'index'], `There are ${interleaved.of} dimensions, counted from 0.`);
  }
}

/** Two channels of the same samples: one of them would be another lead than it says. */
function checkDistinct(channels: Readonly<Record<string, ChannelBinding>>, report: Report): void {
  const bound = Object.entries(channels);
  bound.forEach(([name, channel], at) => {
    channel.codes.forEach(({ system, code }, i) => {
      const former = bound
        .slice(0, at)
        .find(
          ([, other]) =>
            other.codes.some((one) => one.system === system && one.code === code) && !areApart(other, channel),
        );
      if (former === undefined) return;
      report(['channels', name, 'codes', i], `Channel "${former[0]}" is taken from the same samples.`);
    });
  });
}

function areApart({ interleaved: one }: ChannelBinding, { interleaved: other }: ChannelBinding): boolean {
  return one !== undefined && other !== undefined && one.of === other.of && one.index !== other.index;
}
