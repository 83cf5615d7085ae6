import type { DeepHealthError } from '@deephealth/sdk';
import { describe, expect, it } from 'vitest';
import {
  floats,
  inferInput,
  inferRequest,
  ModelDouble,
  openInferenceOver,
  patient,
} from '../../test/served-model-double.js';

const served = 'a'.repeat(64);
const other = 'b'.repeat(64);
const NAME = 'deephealth_expected_package_sha256';

async function ask(parameter: object | undefined, header: string | undefined): Promise<string> {
  const model = new ModelDouble();
  const request = inferRequest({
    inputs: [inferInput('x', [1, 2])],
    rawInputContents: [floats(1, 2)],
    parameters: parameter === undefined ? {} : { [NAME]: parameter as never },
  });
  const headers = (name: string) => (name === NAME.replaceAll('_', '-') ? header : undefined);
  const outcome = await openInferenceOver([model])
    .modelInfer(request, { ...patient(), header: headers })
    .then(
      () => 'answered',
      (error: DeepHealthError) => error.code,
    );
  expect(model.work).toHaveLength(outcome === 'answered' ? 1 : 0);
  return outcome;
}

describe('a request that pins its package', () => {
  it.each([
    [undefined, undefined, 'answered'],
    [{ stringParam: served }, undefined, 'answered'],
    [{ stringParam: other }, undefined, 'DH_PACKAGE_DIGEST_MISMATCH'],
    [undefined, served, 'answered'],
    [undefined, other, 'DH_PACKAGE_DIGEST_MISMATCH'],
    [{ stringParam: served }, other, 'DH_PACKAGE_DIGEST_MISMATCH'],
    [{ stringParam: other }, served, 'DH_PACKAGE_DIGEST_MISMATCH'],
    [{ stringParam: served.toUpperCase() }, undefined, 'DH_PARAMETER_INVALID'],
    [{ int64Param: '1' }, undefined, 'DH_PARAMETER_INVALID'],
    [undefined, 'latest', 'DH_PARAMETER_INVALID'],
  ])('by parameter %j and header %j is %s, and runs only then', async (parameter, header, outcome) => {
    expect(await ask(parameter, header)).toBe(outcome);
  });
});
