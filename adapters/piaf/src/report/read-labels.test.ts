import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { DeepHealthError } from '@deephealth/sdk';
import { fuzzParser, fuzzTimeoutMs } from '@deephealth/sdk/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseLabels, readLabels } from './read-labels.js';

const csv = (text: string) => [...parseLabels(text, 'csv', '/data')];
const json = (document: unknown) => [...parseLabels(JSON.stringify(document), 'json', '/data')];

describe('labels in CSV', () => {
  it('are found by item, by place and by position', () => {
    const expected = [
      ['item-000001', { classes: ['normal'] }],
      ['item-000003', { classes: ['a', 'b'] }],
    ];
    expect(csv('item,label\r\nitem-000001,normal\r\nitem-000003,a|b\r\n')).toEqual(expected);
    expect(csv('label,item\n normal , 1\n"a|b",3\n')).toEqual(expected);
    expect(csv('\ufefflabel\nnormal\n\na | b\n\n')).toEqual(expected);
  });

  it('may name masks, found from the folder of the file', () => {
    expect(csv('item,mask\n2,masks/a.nii.gz\n')).toEqual([['item-000002', { mask: resolve('/data/masks/a.nii.gz') }]]);
  });

  it.each([
    ['item,label\n1,a\n1,b\n', 'line 3: item-000001 stands in it twice'],
    ['item,label\n1,a\nitem-000001,b\n', 'line 3: item-000001 stands in it twice'],
    ['item,label\n1,a\n2\n', 'line 3: expected 2 fields, got 1'],
    ['item,label\n1,a,b\n', 'line 2: expected 2 fields, got 3'],
    ['item,label\nsmith.dcm,a\n', 'line 2: expected an item such as item-000001'],
    ['item,label\n0,a\n', 'line 2: expected an item'],
    ['item,label\n1,a|\n', 'line 2: a class is empty'],
    ['item,label\n1,a|a\n', 'line 2: a class is empty, or stands twice'],
    ['name,label\n1,a\n', 'line 1: expected the columns'],
    ['item\n1\n', 'line 1: expected the columns'],
    ['item,label,label\n1,a,b\n', 'line 1: expected the columns'],
    ['item,label\n1,"a\n', 'it is no CSV'],
    ['item,label\n', 'it has no label'],
    ['', 'line 1: expected the columns'],
  ])('%j is refused with its line', (text, sentence) => {
    expect(() => csv(text)).toThrow(sentence);
    expect(() => csv(text)).toThrow(expect.objectContaining({ code: 'DH_CHAIN_REQUEST_INVALID' }));
  });

  it('never repeats what a file holds in place of an item', () => {
    expect(() => csv('item,label\nDoe^Jane,a\n')).toThrow(/^(?!.*Doe)/s);
  });
});

describe('labels in JSON', () => {
  it('are a list, a list of objects, or an object by item', () => {
    expect(json(['a', null, ['b', 'c']])).toEqual([
      ['item-000001', { classes: ['a'] }],
      ['item-000003', { classes: ['b', 'c'] }],
    ]);
    expect(json([{ item: 2, label: 'a' }])).toEqual([['item-000002', { classes: ['a'] }]]);
    expect(json({ 'item-000004': 'a', 5: { mask: 'm.png' } })).toHaveLength(2);
  });

  it.each([
    [[{ item: 1, label: 'a' }, 'b'], 'entry 2: either every entry names its item, or none'],
    [[{ item: 1, lable: 'a' }], 'entry 1: expected a class'],
    [{ 'item-000001': 4 }, 'entry 1: expected a class'],
    ['a', 'expected a list, or labels by item'],
  ])('%j is refused with its entry', (document, sentence) => {
    expect(() => json(document)).toThrow(sentence);
  });

  it('refuses a name that stands twice', () => {
    expect(() => parseLabels('{"1":"a","1":"b"}', 'json', '.')).toThrow('a name stands twice');
  });
});

describe('readLabels', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'deephealth-labels-'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('reads by the ending of the name, and tells no path', async () => {
    writeFileSync(join(folder, 'a.JSON'), '["x"]');
    writeFileSync(join(folder, 'b.csv'), Buffer.from([0xff, 0xfe, 0x00]));
    expect([...(await readLabels(join(folder, 'a.JSON')))]).toEqual([['item-000001', { classes: ['x'] }]]);
    await expect(readLabels(join(folder, 'b.csv'))).rejects.toThrow('no text in UTF-8');
    await expect(readLabels(folder)).rejects.toThrow(/^(?!.*deephealth-labels)/s);
    await expect(readLabels(join(folder, 'none.csv'))).rejects.toThrow('there is no such file');
  });
});

it(
  'broken labels are read or refused',
  async () => {
    const corpus = ['item,label,mask\n1,a|b,"x,y"\n2,,m.png\n', 'label\na\nb\n'].map((text) => Buffer.from(text));
    const { inputs, refused } = await fuzzParser({
      ...{ parser: 'labels in CSV', seed: 1900, usual: 400, corpus },
      read: (bytes) => parseLabels(bytes.toString('utf8'), 'csv', '.'),
      isRefusal: (thrown) => thrown instanceof DeepHealthError && thrown.code === 'DH_CHAIN_REQUEST_INVALID',
    });
    expect(refused).toBeGreaterThan(inputs / 10);
  },
  fuzzTimeoutMs(400),
);
