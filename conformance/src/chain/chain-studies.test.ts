import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseEdf } from '@deephealth/sdk';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { packageRoot } from '../package-root.js';
import { decodePicture } from '../tensors/named-picture.js';
import { chainModels } from './chain-models.js';
import { dicomStudy, pictureStudy, recordingStudy, studies, tableStudy } from './chain-studies.js';
import { decodeDicom } from './decode-dicom.js';

const IDENTIFIER = 'XQ0123456789ABCD';

describe('the packages of profile processing-chain', () => {
  it('have bindings that keep the schema', () => {
    const schema = JSON.parse(readFileSync(join(packageRoot, 'schemas', 'processing-chain.schema.json'), 'utf8'));
    const validate = new Ajv2020({ strict: false }).compile(schema);
    for (const { name, files = {} } of chainModels()) {
      validate(JSON.parse(files['bindings/processing-chain.json'] ?? ''));
      expect([name, validate.errors]).toEqual([name, null]);
    }
  });
});

describe('studies of the suite', () => {
  it('are each of their own', () => {
    for (const make of [() => tableStudy(), () => pictureStudy(), () => dicomStudy(), () => recordingStudy()]) {
      const keys = studies(50, make).map(({ key }) => key);
      expect(new Set(keys).size).toBe(keys.length);
    }
  });

  it('hold what is to come of them', () => {
    const [picture, radiograph, recording] = [pictureStudy(IDENTIFIER), dicomStudy(), recordingStudy()];
    expect({ labels: [...decodePicture(picture.bytes).values] }).toEqual(picture.expected);
    expect({ labels: [...decodeDicom(radiograph.bytes).values] }).toEqual(radiograph.expected);
    const [channel] = parseEdf(recording.bytes).channels;
    const level = [...(channel?.samples ?? [])].reduce((sum, sample) => sum + sample, 0);
    expect({ level }).toEqual(recording.expected);
  });

  it('hold what was planted in them, where one looks', () => {
    const planted = [
      tableStudy({ name: IDENTIFIER }),
      pictureStudy(IDENTIFIER),
      dicomStudy({ identifier: IDENTIFIER }),
      recordingStudy(IDENTIFIER),
    ];
    for (const { bytes } of planted) expect(bytes.toString('latin1')).toContain(IDENTIFIER);
    expect(() => decodeDicom(tableStudy().bytes)).toThrow(RangeError);
  });
});
