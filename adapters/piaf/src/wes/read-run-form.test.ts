import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import type { Upload } from '../runs/run-service.js';
import { readRunForm } from './read-run-form.js';

const LIMITS = { maxUploadBytes: 2 ** 20, maxDocumentBytes: 2 ** 16, maxFiles: 1000 };

/** An upload that takes its time, as a disk does. */
function slowUpload(taken: Map<string, string>): Upload {
  return {
    async add(name, content) {
      await new Promise(setImmediate);
      taken.set(name, String(Buffer.isBuffer(content) ? content : await buffer(content)));
    },
    names: [],
    discard: async () => undefined,
  };
}

function form(files: Readonly<Record<string, string>>): Buffer {
  const parts = Object.entries(files).map(
    ([name, content]) =>
      `--limit\r\ncontent-disposition: form-data; name="workflow_attachment"; filename="${name}"\r\n\r\n${content}\r\n`,
  );
  return Buffer.from(`${parts.join('')}--limit--\r\n`);
}

describe('readRunForm', () => {
  it.each([1, 7, 64, 1000, 4096])('takes many files whose bytes come by %i', async (step) => {
    const files = Object.fromEntries(
      Array.from({ length: 60 }, (_, i) => [`${i}.json`, `{"age": ${i}}`.repeat(1 + (i % 9))]),
    );
    const bytes = form(files);
    const pieces = Array.from({ length: Math.ceil(bytes.length / step) }, (_, i) =>
      bytes.subarray(i * step, (i + 1) * step),
    );
    const taken = new Map<string, string>();
    const headers = { 'content-type': 'multipart/form-data; boundary=limit' };
    const { upload } = await readRunForm(Readable.from(pieces), headers, async () => slowUpload(taken), LIMITS);
    expect(upload).toBeDefined();
    expect(Object.fromEntries(taken)).toEqual(files);
  });
});
