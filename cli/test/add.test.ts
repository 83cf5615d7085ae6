import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { GoldenCase, Manifest } from '@deephealth/sdk';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { DEVIATIONS, MEANS, writeColour, writeLength, writeRisk } from './added-models.js';
import { deephealth, deephealthHere, endProcesses, startDeephealth } from './cli-process.js';
import { removeTemporaryFolders, temporaryFolder } from './temporary-folder.js';

afterEach(endProcesses);
afterAll(removeTemporaryFolders);

const SLOW_MS = 120_000;

interface Added {
  readonly plan: {
    readonly task: string;
    readonly inferences: readonly {
      readonly field: string;
      readonly value: string;
      readonly certainty: string;
      readonly why: string;
    }[];
    readonly agreement?: { readonly sampleCount: number; readonly metrics: Record<string, { readonly value: number }> };
    readonly platforms: readonly { readonly platform: string; readonly isApplicable: boolean; readonly why: string }[];
    readonly questions: readonly {
      readonly id: string;
      readonly isRequired: boolean;
      readonly suggested?: unknown;
      readonly why: string;
    }[];
  };
  readonly platforms: readonly { readonly platform: string; readonly outcome: string }[];
}

/** Arguments that keep all of it in the folder and ask nobody. */
const inFolder = (folder: string, { model, samples }: { readonly model: string; readonly samples: string }) => [
  ...['add', model, '--samples', samples, '--store', join(folder, 'store'), '--state', join(folder, 'state'), '--json'],
];
const taken = ({ plan }: Added, field: string) => {
  const found = plan.inferences.find((one) => one.field === field);
  return found && [found.value, found.certainty];
};
const asked = ({ plan }: Added) => plan.questions.filter(({ isRequired }) => isRequired).map(({ id }) => id);

async function plan(folder: string, files: Parameters<typeof inFolder>[1], ...more: string[]): Promise<Added> {
  const { stdout } = await deephealthHere(...inFolder(folder, files), '--plan', ...more);
  return { plan: JSON.parse(stdout), platforms: [] };
}

function answersFile(folder: string, answers: object): string[] {
  writeFileSync(join(folder, 'answers.json'), JSON.stringify(answers));
  return ['--answers', join(folder, 'answers.json')];
}

describe('deephealth add, of a table', () => {
  it(
    'takes what header, graph and labels say',
    async () => {
      const folder = temporaryFolder();
      const added = await plan(folder, writeRisk(folder));
      expect(asked(added)).toEqual([]);
      expect(added.plan.task).toBe('classification');
      expect(taken(added, 'label')).toEqual(['outcome', 'assumed']);
      expect(taken(added, 'columns.age.unit')).toEqual(['a', 'stated']);
      expect(taken(added, 'input.scaling')).toEqual(['none', 'shown']);
      expect(taken(added, 'input.layout')).toEqual(['columns', 'shown']);
      expect(taken(added, 'output.classes')).toEqual(['well, ill', 'shown']);
      expect(added.plan.agreement?.metrics.auc?.value).toBeGreaterThan(0.8);
      expect(added.plan.platforms.filter(({ isApplicable }) => !isApplicable)).toEqual([
        {
          platform: 'digital-pathology',
          isApplicable: false,
          why: expect.stringContaining('a slide is cut into images'),
        },
      ]);
    },
    SLOW_MS,
  );

  it(
    'asks for what the header does not say, and takes it from a file',
    async () => {
      const folder = temporaryFolder();
      const files = writeRisk(folder, { header: 'age,systolic,sex,finding' });
      const { exitCode, stdout } = await deephealth(...inFolder(folder, files));
      expect(exitCode).toBe(1);
      expect(JSON.parse(stdout).error).toMatchObject({
        code: 'DH_ADD_QUESTIONS_OPEN',
        details: { questions: expect.stringContaining('label') },
      });
      const named = await plan(folder, files, '--label', 'finding');
      expect(asked(named)).toEqual([
        'columns.age.unit',
        'columns.systolic.unit',
        'columns.age.code',
        'columns.systolic.code',
      ]);
      expect(named.plan.questions.find(({ id }) => id === 'columns.systolic.unit')).not.toHaveProperty('suggested');
      const template = JSON.parse(
        (await deephealthHere(...inFolder(folder, files), '--label', 'finding', '--print-answers')).stdout,
      );
      expect(template).toMatchObject({ 'columns.age.unit': null, 'output.threshold': 0.5 });
      const answers = {
        ...template,
        'columns.age.unit': 'a',
        'columns.systolic.unit': 'mm[Hg]',
        'columns.systolic.code': 'none',
      };
      const answered = await plan(folder, files, '--label', 'finding', ...answersFile(folder, answers));
      expect(asked(answered)).toEqual([]);
      expect(answered.plan.platforms[0]).toMatchObject({
        platform: 'clinical-decision-support',
        isApplicable: false,
        why: expect.stringContaining('"systolic"'),
      });
      const slip = await deephealthHere(
        ...inFolder(folder, files),
        '--label',
        'finding',
        '--plan',
        ...answersFile(folder, { ...answers, 'columns.systolc.unit': 'kPa' }),
      );
      expect(JSON.parse(slip.stdout).error.message).toContain('Nothing asks for "columns.systolc.unit"');
      expect(existsSync(join(folder, 'store'))).toBe(false);
    },
    SLOW_MS,
  );

  it(
    'asks for means and deviations where the labels speak for a standardization: those of the samples are others',
    async () => {
      const folder = temporaryFolder();
      const files = writeRisk(folder, { isStandardized: true });
      const first = await plan(folder, files);
      expect(asked(first)).toContain('input.scaling');
      expect(first.plan.questions.find(({ id }) => id === 'input.scaling')?.suggested).toBe('standardize');
      const second = await plan(folder, files, ...answersFile(folder, { 'input.scaling': 'standardize' }));
      expect(asked(second)).toEqual(['input.means', 'input.deviations']);
      const answers = { 'input.scaling': 'standardize', 'input.means': MEANS, 'input.deviations': DEVIATIONS };
      const third = await plan(folder, files, ...answersFile(folder, answers));
      expect(asked(third)).toEqual([]);
      expect(third.plan.agreement?.metrics.auc?.value).toBeGreaterThan(0.8);
    },
    SLOW_MS,
  );

  it(
    'asks what the numbers of a graph are that ends without a word on it',
    async () => {
      const folder = temporaryFolder();
      const files = writeRisk(folder, { isWithoutSigmoid: true });
      expect(asked(await plan(folder, files))).toEqual(['output.meaning']);
      const said = await plan(folder, files, ...answersFile(folder, { 'output.meaning': 'logits' }));
      expect(asked(said)).toEqual([]);
      expect(taken(said, 'output.classes')).toEqual(['well, ill', 'shown']);
    },
    SLOW_MS,
  );

  it(
    'asks for everything that labels would show where there is none',
    async () => {
      const folder = temporaryFolder();
      const files = writeRisk(folder);
      const unlabelled = await plan(folder, files, '--unlabelled', '--ignore', 'outcome');
      expect(asked(unlabelled)).toEqual(['input.layout', 'input.scaling', 'output.classes']);
      expect(unlabelled.plan).not.toHaveProperty('agreement');
      for (const id of ['input.scaling', 'output.classes'])
        expect(unlabelled.plan.questions.find((one) => one.id === id)).not.toHaveProperty('suggested');
    },
    SLOW_MS,
  );

  it(
    'adds a model of a number with its unit, records the way there, and does not write over it',
    async () => {
      const folder = temporaryFolder();
      const files = writeLength(folder);
      const ofRules = ['--platforms', 'expressif'];
      const first = await plan(folder, files, ...ofRules);
      expect(asked(first)).toEqual(['output.unit']);
      expect(taken(first, 'output.meaning')).toEqual(['number', 'shown']);
      const line = [...inFolder(folder, files), ...ofRules, ...answersFile(folder, { 'output.unit': 'mm' })];
      const { exitCode, stdout, complaints } = await startDeephealth(line, { env: { DEEPHEALTH_TTMIP: '' } }).ended;
      expect({ exitCode, complaints }).toEqual({ exitCode: 0, complaints: '' });
      const added = JSON.parse(stdout) as Added;
      expect(added.plan.task).toBe('regression');
      expect(added.platforms).toMatchObject([{ platform: 'expressif', outcome: 'passed' }]);
      const place = join(folder, 'store', 'length', '1.0.0');
      expect((await deephealthHere('validate', place)).exitCode).toBe(0);
      expect(readdirSync(join(place, 'bindings')).sort()).toEqual(['expressif.json', 'from-model.fll']);
      expect((JSON.parse(readFileSync(join(place, 'model.json'), 'utf8')) as Manifest).draft).toBeUndefined();
      const stages = readFileSync(join(folder, 'state', 'ttmip', 'length', '1.0.0.ndjson'), 'utf8')
        .trim()
        .split('\n');
      expect(stages.map((text) => JSON.parse(text)).map((one) => [one.stage, one.platform, one.humanSteps])).toEqual([
        ...[
          ['imported', undefined, 1],
          ['packaged', undefined, 1],
          ['golden-verified', undefined, 0],
        ],
        ...[
          ['bound', 'expressif', 0],
          ['first-prediction', 'expressif', 0],
          ['conformance-passed', 'expressif', 0],
        ],
      ]);
      const again = await deephealthHere(...line);
      expect(JSON.parse(again.stdout).error).toMatchObject({ code: 'DH_CONFIG_INVALID' });
    },
    SLOW_MS,
  );
});

describe('deephealth add, of pictures', () => {
  it(
    'finds colour order, scaling and classes by the labels, and asks what no file says',
    async () => {
      const folder = temporaryFolder();
      const files = writeColour(folder);
      const first = await plan(folder, files);
      expect(taken(first, 'input.colour')).toEqual(['BGR', 'shown']);
      expect(taken(first, 'output.classes')).toEqual(['pale, inflamed', 'shown']);
      expect(asked(first)).toEqual(expect.arrayContaining(['cds.imageCode', 'pathology.micronsPerPixel']));
      const answers = { 'input.range': '0..1', 'cds.imageCode': '18748-4', 'pathology.micronsPerPixel': 0.5 };
      const answered = await plan(folder, files, ...answersFile(folder, answers));
      expect(asked(answered)).toEqual([]);
      expect(answered.plan.platforms.every(({ isApplicable }) => isApplicable)).toBe(true);
      // A platform that is not applicable is not asked: the demonstration of ttmip leads pictures through all of them.
      const noSlides = { 'input.range': '0..1', 'pathology.micronsPerPixel': 0 };
      const { exitCode, stdout } = await deephealth(
        ...inFolder(folder, files),
        ...['--platforms', 'digital-pathology', ...answersFile(folder, noSlides)],
      );
      expect(exitCode).toBe(0);
      expect((JSON.parse(stdout) as Added).platforms).toMatchObject([
        { platform: 'digital-pathology', outcome: 'not applicable' },
      ]);
      // Where timelines are turned off, as for the processes of tests.
      expect(existsSync(join(folder, 'state'))).toBe(false);
      const place = join(folder, 'store', 'colour', '1.0.0');
      expect((await deephealthHere('validate', place)).exitCode).toBe(0);
      const manifest = JSON.parse(readFileSync(join(place, 'model.json'), 'utf8')) as Manifest;
      expect(manifest.inputs[0]).toMatchObject({
        kind: 'image',
        steps: [{ op: 'decode_image', colour: 'bgr' }, { op: 'image_to_tensor' }],
      });
      const golden = JSON.parse(readFileSync(join(place, 'golden', 'sample-1.json'), 'utf8')) as GoldenCase;
      expect(golden.source).toContain('Recorded from the model');
    },
    SLOW_MS,
  );
});

describe('deephealth add refuses, and writes nothing', () => {
  const refusal = async (samples: string, ...more: string[]) => {
    const folder = temporaryFolder();
    const files = writeRisk(folder);
    writeFileSync(files.samples, samples);
    const { exitCode, stdout } = await deephealthHere(...inFolder(folder, files), ...more);
    expect(exitCode).toBe(1);
    expect(existsSync(join(folder, 'store'))).toBe(false);
    return JSON.parse(stdout).error as { code: string; message: string };
  };
  const HEAD = 'age [years],systolic [mmHg],sex,outcome';
  const rows = (...changed: string[]) =>
    `${[HEAD, ...changed, ...Array<string>(6).fill('50,120,male,ill'), '60,130,female,well'].join('\n')}\n`;

  it.each([
    ['an empty file', '', 'is empty'],
    ['a header alone', `${HEAD}\n`, 'no row'],
    ['one row', `${HEAD}\n50,120,male,ill\n`, 'have 1 row, and at least 5 are needed'],
    ['a text where a number is', rows('old,120,male,ill'), 'Row 1, column "age": expected a number'],
    ['a NaN', rows('NaN,120,male,ill'), 'Row 1, column "age": NaN'],
    [
      'a missing column',
      'age [years],sex,outcome\n50,male,ill\n50,female,ill\n50,male,well\n51,male,ill\n52,male,ill\n',
      'takes 4 features, and the 2 columns',
    ],
    ['a third label', rows('50,120,male,unsure'), 'have 3 different labels, and the model has 2 classes'],
  ])(
    '%s',
    async (_, samples, message) => {
      const { code, message: said } = await refusal(samples);
      expect(code).toBe('DH_ADD_SAMPLES_INVALID');
      expect(said).toContain(message);
    },
    SLOW_MS,
  );

  it(
    'a label that is no column, and one that is no class',
    async () => {
      expect((await refusal(rows(), '--label', 'finding')).message).toContain('no column "finding" for the label');
      const folder = temporaryFolder();
      const answers = answersFile(folder, { 'output.classes': ['healthy', 'ill'] });
      expect((await refusal(rows(), ...answers)).message).toMatch(
        /The label of row \d+ is none of the classes "healthy", "ill"/,
      );
    },
    SLOW_MS,
  );

  it.each(['random', 'turned'] as const)(
    'a model whose answers do not go with its labels: %s',
    async (labels) => {
      const folder = temporaryFolder();
      const files = writeRisk(folder, { labels });
      const order = answersFile(folder, { 'output.classes': ['well', 'ill'] });
      const { stdout } = await deephealthHere(...inFolder(folder, files), ...order);
      expect(JSON.parse(stdout).error).toMatchObject({
        code: 'DH_ADD_SAMPLES_DISAGREE',
        message: expect.stringContaining(labels === 'random' ? 'no better than chance' : 'the opposite of the labels'),
      });
      const accepted = await plan(
        folder,
        files,
        ...answersFile(folder, { 'output.classes': ['well', 'ill'], agreement: 'accepted' }),
      );
      expect(asked(accepted)).toContain('input.scaling');
    },
    SLOW_MS,
  );
});
