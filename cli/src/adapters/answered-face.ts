import type { PlatformFace } from '@deephealth/sdk';
import type { OnAnswered } from './surroundings.js';

type Model = Parameters<OnAnswered>[1];

/** The same face; tells of which model each answer was that has gone out through it. */
export function answeredFace(face: PlatformFace, onAnswered: (model: Model) => void): PlatformFace {
  return {
    describe: () => face.describe(),
    bindings: () => face.bindings(),
    health: (signal) => face.health(signal),
    async run(call) {
      const output = await face.run(call);
      const model = await boundModel(face, call.bindingId);
      if (model !== undefined) onAnswered(model);
      return output;
    },
  };
}

/** The model behind a binding; undefined where there is no such binding. */
export async function boundModel(face: PlatformFace, bindingId: string): Promise<Model | undefined> {
  const found = (await face.bindings()).find(({ id }) => id === bindingId);
  if (found === undefined) return undefined;
  const { modelName: name = '', modelVersion: version = '', packageSha256 = '' } = found;
  return { name, version, packageSha256 };
}
