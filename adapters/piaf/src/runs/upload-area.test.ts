import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { sha256 } from '@deephealth/sdk';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createUpload } from './upload-area.js';

let parent: string;
beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), 'deephealth-upload-'));
});
afterEach(() => rmSync(parent, { recursive: true, force: true }));

describe('an upload', () => {
  it('keeps files under numbers, which nobody else reads, and their names in memory alone', async () => {
    const upload = await createUpload(parent, 'ward', 1000);
    await upload.add('Doe^Jane/1.dcm', Buffer.from('one'));
    await upload.add('Doe^Jane/ct/2.dcm', Readable.from([Buffer.from('t'), Buffer.from('wo')]));
    expect(readdirSync(parent, { recursive: true }).join('\n')).not.toContain('Doe');
    const path = join(upload.folder, upload.paths.get('Doe^Jane/ct/2.dcm') ?? '');
    expect(readFileSync(path, 'utf8')).toBe('two');
    expect(upload.digests.get('Doe^Jane/ct/2.dcm')).toBe(sha256(Buffer.from('two')));
    expect(upload.folders.get('Doe^Jane')).toEqual(['Doe^Jane/1.dcm', 'Doe^Jane/ct/2.dcm']);
    expect(upload.folders.get('Doe^Jane/ct')).toEqual(['Doe^Jane/ct/2.dcm']);
    expect([statSync(upload.folder).mode & 0o777, statSync(path).mode & 0o777]).toEqual([0o700, 0o600]);
    expect(upload.bytes).toBe(6);
  });

  it('keeps nothing of a file that broke off, under no name', async () => {
    const upload = await createUpload(parent, 'ward', 1000);
    const broken = Readable.from(
      (async function* () {
        yield Buffer.from('half');
        throw new Error('the connection is gone');
      })(),
    );
    await expect(upload.add('a.json', broken)).rejects.toMatchObject({ code: 'DH_OUTPUT_NOT_WRITTEN' });
    expect([upload.paths.size, upload.folders.size, upload.names]).toEqual([0, 0, []]);
    expect(readdirSync(join(upload.folder, 'inputs'))).toEqual([]);
    await upload.add('a.json', Buffer.from('whole'));
    await upload.add('b.json', Buffer.from('another'));
    const texts = upload.names.map((name) => readFileSync(join(upload.folder, upload.paths.get(name) ?? ''), 'utf8'));
    expect(texts).toEqual(['whole', 'another']);
  });

  it('takes no more bytes than it may, of all files together', async () => {
    const upload = await createUpload(parent, 'ward', 10);
    await upload.add('a', Buffer.alloc(10));
    await expect(upload.add('b', Buffer.alloc(1))).rejects.toMatchObject({ code: 'DH_MESSAGE_TOO_LARGE' });
    expect(upload.names).toEqual(['a']);
  });

  it('is gone when it is discarded, as often as it is', async () => {
    const upload = await createUpload(parent, 'ward', 10);
    await upload.add('a', Buffer.alloc(10));
    await Promise.all([upload.discard(), upload.discard()]);
    expect(readdirSync(parent)).toEqual([]);
  });
});
