import { setTimeout as delay } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { type adapterV1, CONTRACT_VERSIONS, type runtimeV1 } from '@deephealth/proto';
import { TargetFailure } from '../../run/case-result.js';
import type { Probe } from '../probe.js';
import { answerWith } from './made-answers.js';
import { ServedPlatform } from './platform-service.js';
import { findingsOf, POLL_MS, predictOf } from './sandwiched.js';

type Described = adapterV1.DescribeResponse__Output;
type Healthy = adapterV1.CheckHealthResponse__Output;

/** What the adapter is, and the runtime as that names itself: with one, with another name, and without one. */
export const describesItself: Probe = async (context) => {
  const served = await ServedPlatform.of(context);
  const described = () => served.answer<Described>('Describe');
  const { name, version, platform, contractVersions } = await described();
  if (name === '' || version === '') throw new TargetFailure('it does not say its name and version');
  if (platform !== served.platform.name) {
    throw new TargetFailure(`it calls its platform "${platform}", which is ${served.platform.name}`);
  }
  const majors = CONTRACT_VERSIONS.map(({ major }) => major);
  if (!contractVersions.some(({ major }) => majors.includes(major as 1))) {
    throw new TargetFailure('it names no version of the contract that the suite speaks');
  }
  const info = await served.answer<runtimeV1.GetServerInfoResponse__Output>('GetServerInfo');
  const answer = { ...info, name: `conformance-${served.from}`, version: '7.8.9', engine: 'made/1' };
  await served.whileRuntime({ method: 'GetServerInfo', answer }, () =>
    until(served, 'it does not name the runtime as that names itself', async () => {
      const { runtime } = await described();
      return isDeepStrictEqual(
        { name: runtime?.name, version: runtime?.version, engine: runtime?.engine },
        { name: answer.name, version: answer.version, engine: answer.engine },
      );
    }),
  );
  await served.withoutRuntime(() =>
    until(served, 'it names a runtime while there is none', async () => !(await described()).runtime),
  );
  return [`${name} ${version} for ${platform}; the runtime is named as it names itself, and not while it is away`];
};

/** Every binding, with the package that it was made for, which the runtime then is asked about. */
export const listsBindings: Probe = async (context) => {
  const served = await ServedPlatform.of(context);
  const bindings = await served.bindings();
  const ids = new Set(bindings.map(({ id }) => id));
  if (ids.size !== bindings.length || ids.has('')) throw new TargetFailure('two bindings have one id, or one has none');
  for (const { id, modelName, modelVersion, packageSha256, entryPoint, inputMediaTypes, outputMediaType } of bindings) {
    const versions = context.models.filter(
      ({ model, manifest }) => model.name === modelName && ['', manifest.version].includes(modelVersion),
    );
    const isOther = versions.length > 0 && versions.every((one) => one.packageSha256 !== packageSha256);
    if (isOther || !/^[0-9a-f]{64}$/.test(packageSha256)) {
      throw new TargetFailure(`the binding ${id} does not name the package of ${modelName}`);
    }
    if (entryPoint === '' || inputMediaTypes.length === 0 || outputMediaType === '') {
      throw new TargetFailure(`the binding ${id} does not say where it enters, or what it takes and gives`);
    }
  }
  const binding = await served.binding();
  await served.whileRuntime({ model: served.model, answer: answerWith(0.75) }, async () => {
    findingsOf((await served.ran(binding, served.event())).part);
  });
  const { modelName } = predictOf(served.asked());
  if (modelName !== binding.modelName) throw new TargetFailure('another model was asked than the binding names');
  const without = await served.withoutRuntime(() => served.bindings());
  if (!isDeepStrictEqual(without, bindings)) throw new TargetFailure('without a runtime it lists other bindings');
  return [`${bindings.length} bindings, the same without a runtime; that to ${modelName} asked it`];
};

/** A binding is ready while the runtime is, and says why it is not. */
export const bindingHealthFollows: Probe = async (context) => {
  const served = await ServedPlatform.of(context);
  const { id } = await served.binding();
  const evidence: string[] = [];
  const expect = async (isReady: boolean, when: string) => {
    let seen = '';
    await until(
      served,
      () => `the binding is ${seen} ${when}`,
      async () => {
        const { state, bindings } = await served.answer<Healthy>('CheckHealth');
        if (state !== 'ADAPTER_STATE_SERVING') throw new TargetFailure(`it says that it is ${state} ${when}`);
        const found = bindings.find(({ bindingId }) => bindingId === id);
        if (found === undefined) throw new TargetFailure('it says nothing of the health of a binding that it lists');
        seen = String(found.state);
        if (found.state === 'BINDING_STATE_READY') return isReady;
        if (found.reason === '') throw new TargetFailure(`it gives no reason for ${seen} ${when}`);
        if (found.reason.includes(served.runtime.address)) throw new TargetFailure("it tells the runtime's address");
        return !isReady && found.state !== 'BINDING_STATE_UNSPECIFIED';
      },
    );
    evidence.push(`${seen} ${when}`);
  };
  await expect(true, 'with a runtime that is ready');
  served.runtime.claimReady(false);
  try {
    await expect(false, 'with a runtime that is not ready');
  } finally {
    served.runtime.claimReady(true);
  }
  await expect(true, 'once the runtime is ready again');
  await served.withoutRuntime(() => expect(false, 'without a runtime'));
  await expect(true, 'once the runtime is back');
  return evidence;
};

/** What is asked of the runtime may be remembered for a moment. */
async function until(
  served: ServedPlatform,
  otherwise: string | (() => string),
  isSo: () => Promise<boolean>,
): Promise<void> {
  const end = performance.now() + served.within('readiness');
  while (!(await isSo())) {
    if (performance.now() > end) throw new TargetFailure(typeof otherwise === 'string' ? otherwise : otherwise());
    await delay(POLL_MS);
  }
}
