import type { ModelAnswer, RuntimeClient } from '@deephealth/sdk';

/** Messages of the contract as the client has them; a package of its own would take them from `@deephealth/proto`. */
export type PredictResponse = ModelAnswer['response'];
export type ModelRun = ModelAnswer['run'];
export type Finding = PredictResponse['findings'][number];
export type Coding = Finding['codes'][number];
export type NamedInput = NonNullable<Parameters<RuntimeClient['predict']>[0]['inputs']>[number];
export type ModelDescriptor = Awaited<ReturnType<RuntimeClient['getModel']>>;
type MapFinding = NonNullable<Finding['map']>;
export type Grid = NonNullable<MapFinding['grid']>;
export type Tensor = NonNullable<Finding['tensor']>;
