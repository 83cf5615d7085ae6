import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { basename, join } from 'node:path';
import { compareTensor, createRuntimeClient, type GoldenCase } from '@deephealth/sdk';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import {
  CLASSIFIERS,
  goldenCases,
  idOf,
  MODELS,
  packageText,
  SEGMENTERS,
  sampleInputs,
  samples,
} from './sample-files.js';

interface Ended {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

const running = new Set<ChildProcess>();
afterEach(async () => {
  for (const child of running) {
    const closed = new Promise((resolve) => child.once('close', resolve));
    child.kill('SIGKILL');
    await closed;
  }
});

/** Runs the demonstration; `meanwhile` sees standard error as it grows. */
function demo(args: readonly string[], meanwhile: (stderr: string, child: ChildProcess) => void = () => undefined) {
  return new Promise<Ended>((resolve) => {
    const child = spawn(process.execPath, [join(samples, 'dist', 'demo.js'), ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    running.add(child);
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
      meanwhile(stderr, child);
    });
    child.on('close', (exitCode) => {
      running.delete(child);
      resolve({ exitCode, stdout, stderr });
    });
  });
}

/** Follows the model states until the server ends the stream; `opened` is called at the first one. */
async function watch(address: string, opened: () => void): Promise<void> {
  const client = createRuntimeClient({ address });
  try {
    let isOpen = false;
    for await (const _ of client.watchModels()) {
      if (!isOpen) opened();
      isOpen = true;
    }
  } catch {
    // The server is gone, which is what was asked of it.
  } finally {
    client.close();
  }
}

interface Result {
  readonly input: string;
  readonly response: {
    readonly findings: readonly {
      readonly name: string;
      readonly classification: {
        readonly decision: readonly string[];
        readonly abstained: boolean;
        readonly classes: readonly { readonly label: string; readonly probability: number }[];
      };
      /** `null` unless the finding is a mask. */
      readonly mask: {
        readonly labels: { readonly data: { readonly data: readonly number[] } };
        readonly classes: readonly { readonly label: string; readonly value: number }[];
      } | null;
    }[];
    readonly warnings: readonly { readonly kind: string }[];
    readonly provenance: { readonly modelName: string; readonly packageSha256: string };
  };
}

const inputsOf = (models: readonly string[]) =>
  models.flatMap((model) => [...sampleInputs(model).values()].map((path) => `${model}/${basename(path)}`));
/** Every input that the demonstration must show. */
const ALL_INPUTS = inputsOf(MODELS);

/** Probabilities of the classes beside the golden tensor, which for one column holds only the positive class. */
function compareWithGolden(result: Result, golden: GoldenCase) {
  const probabilities = result.response.findings[0]?.classification.classes.map((c) => c.probability) ?? [];
  const [expected] = Object.values(golden.expected.tensors);
  if (expected === undefined) throw new Error(`golden case "${golden.id}" expects no tensor`);
  const data = expected.values.length === 1 ? probabilities.slice(-1) : probabilities;
  // The response carries FP32 results as numbers of double precision.
  return compareTensor({ dataType: 'FP32', shape: expected.shape, data }, expected, 'strict');
}

describe('the demonstration as JSON', () => {
  let ended: Ended;
  let results: Result[];
  beforeAll(async () => {
    ended = await demo(['--once', '--json']);
    results = (JSON.parse(ended.stdout) as { results: Result[] }).results;
  });

  it('ends with exit code 0 after showing every sample input once', () => {
    expect(ended.exitCode).toBe(0);
    expect(results.map(({ input }) => input).sort()).toEqual([...ALL_INPUTS].sort());
  });

  it.each(inputsOf(CLASSIFIERS))(
    '%s: probabilities within the strict profile of the golden ones, and the same decision',
    (input) => {
      const result = results.find((candidate) => candidate.input === input) as Result;
      const golden = goldenCases(result.response.provenance.modelName).get(idOf(input)) as GoldenCase;
      expect(compareWithGolden(result, golden)).toMatchObject({ pass: true });
      const findings = Object.fromEntries(
        result.response.findings.map(({ name, classification: { decision, abstained } }) => [
          name,
          { decision, abstained },
        ]),
      );
      expect(findings).toEqual(golden.expected.findings);
    },
  );

  it.each(inputsOf(SEGMENTERS))('%s: a mask with as many samples of each class as the golden one', (input) => {
    const result = results.find((candidate) => candidate.input === input) as Result;
    const golden = goldenCases(result.response.provenance.modelName).get(idOf(input)) as GoldenCase;
    // Beside its mask, a model may tell of probabilities.
    const masks = result.response.findings.filter(({ mask }) => mask != null);
    const found = Object.fromEntries(
      masks.map(({ name, mask }) => [
        name,
        {
          counts: Object.fromEntries(
            (mask?.classes ?? []).map(({ label, value }) => [
              label,
              (mask?.labels.data.data ?? []).filter((sample) => sample === value).length,
            ]),
          ),
        },
      ]),
    );
    expect(found).toEqual(golden.expected.findings);
  });

  it('would notice a probability that is off by a hundred-thousandth', () => {
    const result = structuredClone(results[0]) as Result;
    const golden = goldenCases(result.response.provenance.modelName).get(idOf(result.input)) as GoldenCase;
    const [finding] = result.response.findings;
    for (const c of finding?.classification.classes ?? []) (c as { probability: number }).probability += 1e-5;
    expect(compareWithGolden(result, golden).pass).toBe(false);
  });

  it('names each package by the digest of its SHA256SUMS', () => {
    for (const { input, response } of results) {
      const [model = ''] = input.split('/');
      const digest = createHash('sha256').update(packageText(model, 'SHA256SUMS')).digest('hex');
      expect(response.provenance).toMatchObject({ modelName: model, packageSha256: digest });
    }
  });

  it('warns in every answer that it is for research only', () => {
    for (const { response } of results)
      expect(response.warnings.map(({ kind }) => kind)).toContain('WARNING_KIND_RESEARCH_USE_ONLY');
  });
});

describe('the demonstration for people', () => {
  it('prints a row with decision, probability and version for each input, then ends', async () => {
    const { exitCode, stdout } = await demo(['--once']);
    expect(exitCode).toBe(0);
    const rows = stdout.split('\n').map((line) => line.split(/\s{2,}/));
    expect(rows).toContainEqual(['INPUT', 'FINDING', 'PROBABILITY', 'THRESHOLD', 'VERSION', 'PACKAGE', 'TIME']);
    for (const input of ALL_INPUTS) {
      const row = rows.find(([first]) => first === input);
      expect(row, input).toEqual([
        input,
        expect.stringMatching(/^(beat|finding|heart_disease): \S|^(hippocampus|tissue|vessels)$/),
        expect.stringMatching(
          /^p\([a-z-]+\) = [01]\.\d{3}$|^(tissue|vessel) (none|\d+\.\d\d %)$|^anterior \S+ mL, posterior \S+ mL$/,
        ),
        expect.stringMatching(/^0\.\d{3}$|^-$/),
        '1.0.0',
        expect.stringMatching(/^[0-9a-f]{12}$/),
        expect.stringMatching(/^\d+\.\d ms$/),
      ]);
    }
    expect(stdout).toContain('must not guide the care of a patient');
  });

  it('stays up serving without --once, and ends with exit code 0 when Ctrl-C reaches it twice', async () => {
    // Under npm start it comes from the terminal and, a moment later, from the script that passes it on.
    let watching: Promise<unknown> | undefined;
    let isAskedAgain = false;
    const { exitCode, stderr } = await demo(['--port', '0'], (soFar, child) => {
      const address = /Serving on (127\.0\.0\.1:\d+)/.exec(soFar)?.[1];
      if (address !== undefined) {
        // An open stream makes the stop take its time, so that the second signal comes in the middle of it.
        watching ??= watch(address, () => child.kill('SIGINT'));
      }
      if (isAskedAgain || !soFar.includes('Stopping')) return;
      isAskedAgain = child.kill('SIGINT');
    });
    expect(isAskedAgain).toBe(true);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: expect.not.stringContaining('DH_') });
    await watching;
  });

  it('can be stopped while it still verifies the models', async () => {
    const { exitCode, stdout, stderr } = await demo(['--port', '0'], (soFar, child) => {
      if (soFar.includes('Verifying the sample models')) child.kill('SIGTERM');
    });
    expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: '' });
    expect(stderr).not.toContain('DH_');
  });
});
