import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { deephealth, endProcesses } from './cli-process.js';
import { removeTemporaryFolders, temporaryFolder } from './temporary-folder.js';

afterEach(endProcesses);
afterAll(removeTemporaryFolders);

const HEART = fileURLToPath(new URL('../../samples/rules/heart-disease.fll', import.meta.url));
const folder = temporaryFolder();
const file = (name: string, content: string): string => {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
};
const RULES = file(
  'sepsis.fll',
  `Engine: sepsis
InputVariable: lactate
  range: 0 10
  term: raised Ramp 1 4
InputVariable: map
  range: 30 140
  term: low Ramp 75 60
OutputVariable: risk
  range: 0 100
  aggregation: Maximum
  defuzzifier: Centroid 100
  term: low Triangle 0 20 40
  term: high Triangle 60 80 100
RuleBlock: main
  conjunction: Minimum
  implication: Minimum
  rule: if lactate is raised and map is low then risk is high
  rule: if map is not low then risk is low
`,
);
const PATIENT = file('patient.json', '{"lactate": 2.5, "map": 60}');
const rules = (...args: string[]) => deephealth('rules', ...args);

describe('deephealth rules run', () => {
  it('says what is concluded, how far, and by which rules', async () => {
    const { exitCode, stdout, stderr } = await rules('run', RULES, PATIENT);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(stdout).toMatch(/^risk +80 +high 0\.500$/m);
    expect(stdout).toContain('rules that fired: 1.1 (0.500)');
    const json = JSON.parse((await rules('run', RULES, PATIENT, '--json')).stdout);
    expect(json.outputs.risk).toMatchObject({
      status: 'determinate',
      value: expect.closeTo(80, 9),
      degrees: { high: 0.5 },
    });
  });

  it('has no number where a value is missing, and says which', async () => {
    const { stdout } = await rules('run', RULES, file('missing.json', '{"lactate": null, "map": 60}'));
    expect(stdout).toMatch(/^risk +indeterminate: missing \(lactate, rule 1\.1\)/m);
  });

  it('runs a table, line by line', async () => {
    const table = file('cohort.csv', 'id,lactate,map\nA,2.5,60\nB,,60\nC,11,60\nD,0,100\n');
    const { exitCode, stdout } = await rules('run', RULES, table, '--ignore', 'id');
    const [head, ...lines] = stdout.trim().split('\n');
    expect(exitCode).toBe(0);
    expect(head).toBe('record,risk,risk_status');
    expect(
      lines.map((line) => line.replace(/^(\d+),([\d.]+),/, (_, record, value) => `${record},${Math.round(value)},`)),
    ).toEqual([
      '1,80,rules',
      '2,,"indeterminate: missing (lactate, rule 1.1)"',
      '3,,"indeterminate: out-of-range (lactate, rule 1.1)"',
      '4,20,rules',
    ]);
    const out = join(folder, 'results.csv');
    await rules('run', RULES, table, '--ignore', 'id', '--out', out, '--workers', '1');
    expect(readFileSync(out, 'utf8')).toBe(stdout);
  });

  it.each([
    ['a field that is no input', 'patient_id,lactate,map\n7,1,60\n', 'patient_id'],
    ['a field that is no number', 'lactate,map\nhigh,60\n', 'record 1, field "lactate"'],
    ['lines of different length', 'lactate,map\n1\n', 'no CSV'],
  ])('refuses %s', async (_, text, message) => {
    const { exitCode, stderr } = await rules('run', RULES, file('bad.csv', text));
    expect(exitCode).toBe(1);
    expect(stderr).toContain('DH_REQUEST_MALFORMED');
    expect(stderr).toContain(message);
  });

  it('names line and column of what is wrong in the rules', async () => {
    const broken = file('broken.fll', readFileSync(RULES, 'utf8').replace('if map is not low', 'if map not low'));
    const { exitCode, stderr } = await rules('run', broken, PATIENT);
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/^DH_RULES_MALFORMED: "broken\.fll": Line 18, column \d+: /);
  });
});

describe('deephealth rules explain', () => {
  it('says why, in English and French, and what would change it', async () => {
    const { stdout } = await rules('explain', RULES, PATIENT, '--contrast', 'risk');
    expect(stdout).toContain('The premise “lactate is raised” decides; it holds to the degree 0.5.');
    const { stdout: french } = await rules('explain', RULES, PATIENT, '--language', 'fr');
    expect(french).toMatch(/La prémisse «\slactate is raised\s» est déterminante/);
    const tree = JSON.parse((await rules('explain', RULES, PATIENT, '--contrast', 'risk', '--json')).stdout);
    expect(tree).toMatchObject({ schema: 'deephealth.explanation/1', contrasts: [{ output: 'risk' }] });
  });

  it('has no record beyond the last', async () => {
    const { exitCode, stderr } = await rules('explain', RULES, PATIENT, '--record', '2');
    expect(exitCode).toBe(1);
    expect(stderr).toContain('no record 2');
  });
});

describe('deephealth rules lint', () => {
  it('finds what is known of the published rules for heart disease', async () => {
    const { exitCode, stdout } = await rules('lint', HEART);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^warning saturation: "health"/m);
    expect(stdout).toMatch(/^0 errors, \d+ warnings, \d+ notes$/m);
    expect((await rules('lint', HEART, '--strict', '--json')).exitCode).toBe(1);
  });
});

describe('deephealth rules convert', () => {
  it('writes every format, and says what it does not say', async () => {
    const original = JSON.parse((await rules('run', RULES, PATIENT, '--json')).stdout);
    for (const format of ['fcl', 'fml', 'fll']) {
      const out = join(folder, `converted.${format}`);
      const { exitCode, stdout } = await rules('convert', RULES, out);
      expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: `2 rules written to ${out}\n` });
      const { outputs } = JSON.parse((await rules('run', out, PATIENT, '--json')).stdout);
      // The other formats do not say the resolution.
      expect(outputs.risk.value).toBeCloseTo(original.outputs.risk.value, format === 'fll' ? 12 : 2);
    }
  });

  it('writes over nothing, and knows no other format', async () => {
    const there = file('there.fml', 'mine');
    const refused = await rules('convert', RULES, there);
    expect(refused).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('DH_OUTPUT_EXISTS') });
    expect(readFileSync(there, 'utf8')).toBe('mine');
    const other = join(folder, 'rules.txt');
    expect((await rules('convert', RULES, other)).stderr).toContain('.fll, .fcl, .fml or .xml');
    expect(existsSync(other)).toBe(false);
  });
});

describe('deephealth rules page', () => {
  it('writes a page that loads nothing, with the values and the reasons', async () => {
    const out = join(folder, 'page.html');
    const { exitCode } = await rules('page', RULES, out, '--values', PATIENT);
    const html = readFileSync(out, 'utf8');
    expect(exitCode).toBe(0);
    expect(html.includes('default-src &#39;none&#39;')).toBe(true);
    expect(/<(script|img|link)[^>]+(src|href)=/.test(html)).toBe(false);
    expect(html.includes('The premise “lactate is raised” decides')).toBe(true);
  });
});
