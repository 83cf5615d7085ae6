import { createExpressifAdapter, type Decision, type ExpressifAdapter } from '@deephealth/adapter-expressif';
import { DeepHealthError, type PlatformCall } from '@deephealth/sdk';
import { describe, expect, it } from 'vitest';
import { type FakeRuntime, fakeRuntime } from './fake-runtime.js';
import { BINDING, RULES, rulePackage, TRIAGE } from './rule-package.js';
import { temporaryFolder } from './temporary-folder.js';

const folder = temporaryFolder();
const { folder: triage, digest } = rulePackage(folder);
const NOW = Date.parse('2026-03-01T12:00:00Z');
const AT = '2026-03-01T11:30:00Z';
const VALUES = { age: { value: 70, unit: 'a' }, sex: 'male', lactate: { value: 2.5, unit: 'mmol/L', at: AT } };

const adapterOf = ({ client }: FakeRuntime): Promise<ExpressifAdapter> =>
  createExpressifAdapter({ runtime: client, packages: [triage], now: () => NOW });

const call = (question: unknown, more: Partial<PlatformCall> = {}): PlatformCall => ({
  bindingId: TRIAGE,
  input: Buffer.from(typeof question === 'string' ? question : JSON.stringify(question)),
  mediaType: 'application/json',
  caller: { header: () => undefined, address: '127.0.0.1' },
  deadlineMs: Number.POSITIVE_INFINITY,
  signal: new AbortController().signal,
  ...more,
});

async function ask(runtime: FakeRuntime, question: unknown): Promise<Decision> {
  const adapter = await adapterOf(runtime);
  const { output } = await adapter.platformFace.run(call(question));
  return JSON.parse(Buffer.from(output).toString());
}

describe('createExpressifAdapter', () => {
  it('puts the model among the premises of rules, and says what stands behind each', async () => {
    const runtime = fakeRuntime(() => ({ present: 0.5, beat: [0.5, 0.3, 0.2] }));
    const decision = await ask(runtime, { values: VALUES, requestId: 'r-1', languages: ['en', 'fr'] });
    // risk 50 % is high to 0.75, lactate 2.5 raised to 0.5; possibility of V or S by min: 0.3 + 0.3 + 0.2.
    expect(decision.inputs).toMatchObject({
      risk: { value: 50, unit: '%', model: { output: 'disease', inputSha256: 'b'.repeat(64), requestId: 'r-1' } },
      rhythm: { degrees: { ectopic: expect.closeTo(0.8, 12) } },
      age: { value: 70, unit: 'a' },
    });
    expect(decision.inputs.age).not.toHaveProperty('model');
    expect(decision.rules.map(({ degree }) => degree)).toEqual([0.5, expect.closeTo(0.4, 12)]);
    expect(decision.outputs.urgency).toMatchObject({ status: 'determinate', unit: '%', degrees: { high: 0.5 } });
    expect(decision.ruleBase).toMatchObject({ id: TRIAGE, version: 1, packageSha256: digest });
    for (const text of [decision.text.en, decision.text.fr]) expect(text).toMatch(/triage-model 1\.0\.0/);
    expect(runtime.asked[0]?.request).toMatchObject({
      ...{ modelName: 'triage-model', expectedPackageSha256: digest, outputs: ['disease', 'beat'], requestId: 'r-1' },
      inputs: [
        {
          name: 'patient',
          table: {
            values: [
              { name: 'age', number: 70, unit: 'a' },
              { name: 'sex', category: 'male' },
            ],
          },
        },
      ],
    });
  });

  it('hands on the warnings of the model, and the run with its provenance', async () => {
    const warning = { kind: 'WARNING_KIND_NEAR_THRESHOLD', field: 'disease', message: 'Near the threshold.' } as const;
    const adapter = await adapterOf(fakeRuntime(() => ({ warnings: [warning] })));
    const { output, runs } = await adapter.platformFace.run(call({ values: VALUES, explain: false }));
    const decision = JSON.parse(Buffer.from(output).toString());
    expect(decision.warnings).toEqual([warning]);
    expect(decision.text).toEqual({});
    expect(decision).not.toHaveProperty('explanation');
    expect(runs).toMatchObject([{ requestId: decision.requestId, provenance: { packageSha256: digest } }]);
  });

  it.each([
    ['is missing', { ...VALUES, lactate: null }, 'missing', 'No value of “lactate” was given.'],
    [
      'is too old',
      { ...VALUES, lactate: { ...VALUES.lactate, at: '2026-03-01T11:00:00Z' } },
      'expired',
      'older than the rules allow.',
    ],
    [
      'lies outside its range',
      { ...VALUES, lactate: { ...VALUES.lactate, value: 21 } },
      'out-of-range',
      'outside the range',
    ],
  ])('has no number where a value %s', async (_, values, reason, sentence) => {
    const { outputs, inputs, rules, text } = await ask(fakeRuntime(), { values });
    expect(text.en).toContain(sentence);
    expect(outputs.urgency).toMatchObject({ status: 'indeterminate', reason, variable: 'lactate', rule: '1.1' });
    expect(outputs.urgency).not.toHaveProperty('value');
    expect(inputs.lactate).toEqual({ unit: 'mmol/L', absent: reason });
    expect(rules[0]).toMatchObject({ fired: false });
    expect(rules[0]).not.toHaveProperty('degree');
  });

  it('has no number where the model abstains', async () => {
    const { outputs, text } = await ask(
      fakeRuntime(() => ({ abstained: true })),
      { values: VALUES, languages: ['en', 'fr'] },
    );
    expect(text.en).toContain('The model that gives “risk” abstained from a decision.');
    expect(text.fr).toMatch(/Le modèle qui donne «\srisk\s» s’est abstenu de décider\./);
    expect(outputs.urgency).toMatchObject({ status: 'indeterminate', reason: 'abstained', variable: 'risk' });
  });

  it.each([
    ['another package', { provenance: { packageSha256: 'c'.repeat(64) } }],
    ['probabilities that are none', { beat: [0.5, 0.5, 0.5] as const }],
  ])('concludes nothing from %s', async (_, answer) => {
    await expect(
      ask(
        fakeRuntime(() => answer),
        { values: VALUES },
      ),
    ).rejects.toMatchObject({ code: 'DH_RESPONSE_INVALID' });
  });

  it('lets an error of the runtime arrive as it is, without its place', async () => {
    const failing = (error: DeepHealthError) =>
      ask(
        fakeRuntime(() => {
          throw error;
        }),
        { values: VALUES },
      );
    const down = failing(new DeepHealthError('DH_CONNECT_FAILED', 'No server at 10.1.2.3.'));
    await expect(down).rejects.toMatchObject({
      code: 'DH_CONNECT_FAILED',
      message: expect.not.stringContaining('10.1'),
    });
    const full = failing(new DeepHealthError('DH_QUEUE_FULL', 'Full.', { retryAfterMs: 5 }));
    await expect(full).rejects.toMatchObject({ code: 'DH_QUEUE_FULL', retryAfterMs: 5 });
  });

  it('does not ask the model a question that is refused', async () => {
    const runtime = fakeRuntime();
    const questions = ['{', { values: { ...VALUES, lactate: 2.5 } }, { values: { ...VALUES, shoe_size: 44 } }];
    for (const question of questions) await expect(ask(runtime, question)).rejects.toThrow(DeepHealthError);
    expect(runtime.asked).toEqual([]);
  });

  it('gives the model no more time than the question has', async () => {
    const runtime = fakeRuntime();
    const adapter = await adapterOf(runtime);
    const { signal } = new AbortController();
    await adapter.platformFace.run(call({ values: VALUES }, { deadlineMs: Date.now() + 5_000, signal }));
    const settings = runtime.asked[0]?.settings;
    expect(settings?.signal).toBe(signal);
    expect(settings?.deadlineMs).toBeLessThanOrEqual(5_000);
    expect(settings?.deadlineMs).toBeGreaterThan(1_000);
  });

  it('answers by the rules as they were when the question came', async () => {
    let goOn = () => {};
    const wait = new Promise<void>((resolve) => {
      goOn = resolve;
    });
    const runtime = fakeRuntime(async () => {
      await wait;
      return {};
    });
    const adapter = await adapterOf(runtime);
    const before = adapter.platformFace.run(call({ values: VALUES }));
    const rules = adapter.decisions.service(TRIAGE).rules;
    rules.edit([{ kind: 'remove', id: '1.1' }]);
    goOn();
    const versions = [await before, await adapter.platformFace.run(call({ values: VALUES }))].map(
      ({ output }) => JSON.parse(Buffer.from(output).toString()) as Decision,
    );
    expect(versions.map(({ ruleBase }) => ruleBase.version)).toEqual([1, 2]);
    expect(versions.map((one) => one.rules.length)).toEqual([2, 1]);
    expect(new Set(versions.map(({ ruleBase }) => ruleBase.digest)).size).toBe(2);
  });

  it('refuses more questions than it takes at a time, and all once it stops', async () => {
    const forever = fakeRuntime(() => new Promise(() => undefined));
    const adapter = await createExpressifAdapter({ runtime: forever.client, packages: [triage], maxInFlight: 1 });
    const ask1 = () => adapter.platformFace.run(call({ values: { ...VALUES, lactate: null } }));
    void ask1();
    await expect(ask1()).rejects.toMatchObject({ code: 'DH_QUEUE_FULL' });
    expect(await adapter.platformFace.health(new AbortController().signal)).toMatchObject({
      state: 'ADAPTER_STATE_OVERLOADED',
      bindings: [
        { bindingId: TRIAGE, state: 'BINDING_STATE_RUNTIME_UNREACHABLE', reason: expect.not.stringContaining('10.1') },
      ],
    });
    void adapter.close();
    await expect(ask1()).rejects.toMatchObject({ code: 'DH_SERVER_STOPPING' });
  });

  it('keeps edits over a restart, for the same package alone', async () => {
    const open = (path: string) =>
      createExpressifAdapter({ runtime: fakeRuntime().client, packages: [path], stateFolder: `${folder}/state` });
    const first = await open(triage);
    first.decisions.service(TRIAGE).rules.edit([{ kind: 'remove', id: '1.2' }]);
    await first.close();
    const second = await open(triage);
    expect(second.decisions.service(TRIAGE).rules.current().version).toBe(2);
    await second.close();
    const other = rulePackage(`${folder}/other`, { rules: RULES.replace('with 0.5', 'with 0.25') });
    const third = await open(other.folder);
    expect(third.decisions.service(TRIAGE).rules.current().version).toBe(1);
    await third.close();
  });

  it.each([
    [
      'rules that are malformed',
      { rules: RULES.replace('if lactate', 'when lactate') },
      'DH_RULES_MALFORMED',
      'bindings/triage.fll: Line',
    ],
    [
      'rules that nothing gives an input',
      { rules: RULES.replaceAll('lactate', 'glucose') },
      'DH_RULES_BINDING_INVALID',
      '"glucose"',
    ],
    [
      'a model beyond the range of the rules',
      { rules: RULES.replace('range: 0 100', 'range: 0 50') },
      'DH_RULES_BINDING_INVALID',
      '0 to 100',
    ],
    [
      'a term that the model does not give',
      { rules: RULES.replace('rhythm is ectopic', 'rhythm is not_said').replace('term: ectopic', 'term: not_said') },
      'DH_RULES_BINDING_INVALID',
      'not_said',
    ],
    [
      'a file of rules that is not there',
      { binding: { ...BINDING, ruleBases: [{ ...BINDING.ruleBases[0], rules: 'bindings/x.fll' }] } },
      'DH_RULES_BINDING_INVALID',
      '/ruleBases/0/rules',
    ],
  ])('refuses a package with %s', async (name, change, code, message) => {
    const { folder: broken } = rulePackage(`${folder}/${name.replaceAll(' ', '-')}`, change);
    const opened = createExpressifAdapter({ runtime: fakeRuntime().client, packages: [broken] });
    await expect(opened).rejects.toMatchObject({ code, message: expect.stringContaining(message) });
  });

  it('refuses one rule base twice, and none at all', async () => {
    const open = (packages: string[]) => createExpressifAdapter({ runtime: fakeRuntime().client, packages });
    await expect(open([triage, triage])).rejects.toMatchObject({ code: 'DH_RULES_BINDING_INVALID' });
    await expect(open([])).rejects.toMatchObject({ code: 'DH_CONFIG_INVALID' });
  });
});
