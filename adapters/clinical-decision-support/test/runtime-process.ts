import { fileURLToPath } from 'node:url';
import { type RuntimeProcess, startRuntimeProcess as start } from '@deephealth/sdk/testing';

export type { RuntimeProcess } from '@deephealth/sdk/testing';

const COMMAND = fileURLToPath(new URL('../../../cli/bin/deephealth.mjs', import.meta.url));

/** A real runtime with the packages of a store, all verified. */
export const startRuntimeProcess = (store: string, port = 0): Promise<RuntimeProcess> => start(COMMAND, store, port);
