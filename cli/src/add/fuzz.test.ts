import { DeepHealthError } from '@deephealth/sdk';
import { fuzzParser, fuzzTimeoutMs } from '@deephealth/sdk/testing';
import { expect, it } from 'vitest';
import { parseAnswers } from './answers-file.js';
import { toSampleColumn } from './sample-columns.js';
import { toTableSamples } from './table-samples.js';

const USUAL = 300;
const bytes = (text: string) => new TextEncoder().encode(text);
const text = (broken: Uint8Array) => new TextDecoder().decode(broken);
const isRefusal = (code: string) => (thrown: unknown) => thrown instanceof DeepHealthError && thrown.code === code;

it(
  'broken samples are read or refused',
  async () => {
    const { inputs, refused } = await fuzzParser({
      ...{ parser: 'samples of added models', seed: 2400, usual: USUAL },
      corpus: [
        bytes(
          'age [a],sex,"cholesterol [mg/dL] {2093-3}",label\n63,male,233,yes\n41,female,204,no\n57,male,,no\n60,female,1e2,yes\n',
        ),
        bytes('\ufeffx,y\r\n1e3,0\r\n-.5,1\r\n'),
        bytes('pressure (mmHg),taken\n"120",true\n130,false\n'),
      ],
      read(broken) {
        const { headers, rows } = toTableSamples(text(broken));
        for (const [index, header] of headers.entries()) {
          const { values } = toSampleColumn(
            header,
            rows.map((row) => row[index] ?? ''),
          );
          if (values.length !== rows.length) throw new Error('a column of another length than the table');
          if (values.some((value) => typeof value === 'number' && !Number.isFinite(value)))
            throw new Error('a value that is no number');
        }
      },
      isRefusal: isRefusal('DH_ADD_SAMPLES_INVALID'),
    });
    expect(refused).toBeGreaterThan(inputs / 20);
    expect(refused).toBeLessThan(inputs);
  },
  fuzzTimeoutMs(USUAL),
);

it(
  'broken answers are read or refused',
  async () => {
    const { inputs, refused } = await fuzzParser({
      ...{ parser: 'answers of added models', seed: 2500, usual: USUAL },
      corpus: [
        bytes(
          '{"_questions": {"name": "?"}, "name": "heart", "positive": "yes", "classes": ["no", "yes"], "unit": null}',
        ),
        bytes('{"threshold": 0.5, "intended": true, "__proto__": "x"}'),
      ],
      read(broken) {
        const answers = parseAnswers(text(broken), 'answers.json');
        for (const [id, value] of Object.entries(answers)) {
          if (id === '_questions' || value === null || value === undefined) throw new Error('an answer that is none');
        }
      },
      isRefusal: isRefusal('DH_ADD_ANSWERS_INVALID'),
    });
    expect(refused).toBeGreaterThan(inputs / 20);
    expect(refused).toBeLessThan(inputs);
  },
  fuzzTimeoutMs(USUAL),
);
