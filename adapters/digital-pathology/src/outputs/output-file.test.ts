import { mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { withFullDisk } from '../testing/full-disk.js';
import { inTemporaryFolder } from '../testing/temporary-folder.js';
import { writeOutputFile } from './output-file.js';
import { writeOutputFolder } from './output-folder.js';

describe('writeOutputFile', () => {
  it('gives the file its name when all of it is there, and not before', () =>
    inTemporaryFolder(async (folder) => {
      const path = join(folder, 'a.csv');
      await writeOutputFile(path, {}, async (sink) => {
        await sink.write('one,');
        await sink.write(new Uint8Array(3 << 20).fill(65));
        expect(sink.position).toBe(4 + (3 << 20));
        expect((await readdir(folder)).filter((name) => !name.startsWith('.'))).toEqual([]);
        await sink.write('ü');
      });
      const content = await readFile(path);
      expect(content.length).toBe(4 + (3 << 20) + 2);
      expect(content.subarray(-2).toString()).toBe('ü');
      expect(await readdir(folder)).toEqual(['a.csv']);
    }));

  it('leaves what is there, a broken link included, unless it may be overwritten', () =>
    inTemporaryFolder(async (folder) => {
      const path = join(folder, 'a.csv');
      await writeFile(path, 'old');
      const fill = vi.fn(async (sink: { write(text: string): Promise<void> }) => sink.write('new'));
      await expect(writeOutputFile(path, {}, fill)).rejects.toMatchObject({ code: 'DH_OUTPUT_EXISTS' });
      expect(fill).not.toHaveBeenCalled();
      await symlink(join(folder, 'nowhere'), join(folder, 'link'));
      await expect(writeOutputFile(join(folder, 'link'), {}, fill)).rejects.toMatchObject({ code: 'DH_OUTPUT_EXISTS' });
      await writeOutputFile(path, { overwrite: true }, fill);
      expect(await readFile(path, 'utf8')).toBe('new');
    }));

  it('does not replace a file that another program put there while it wrote', () =>
    inTemporaryFolder(async (folder) => {
      const path = join(folder, 'a.csv');
      const written = writeOutputFile(path, {}, async (sink) => {
        await sink.write('mine');
        await writeFile(path, 'theirs');
      });
      await expect(written).rejects.toMatchObject({ code: 'DH_OUTPUT_EXISTS' });
      expect(await readFile(path, 'utf8')).toBe('theirs');
      expect(await readdir(folder)).toEqual(['a.csv']);
    }));

  it('says that the disk is full, without the path, and leaves nothing behind', () =>
    inTemporaryFolder(async (folder) => {
      await withFullDisk(folder, 2, async () => {
        const written = writeOutputFile(join(folder, 'a.csv'), {}, async (sink) => {
          for (let i = 0; i < 4; i++) await sink.write(new Uint8Array(1 << 20));
        });
        const error = await written.catch((thrown: unknown) => thrown);
        expect(error).toMatchObject({
          code: 'DH_OUTPUT_NOT_WRITTEN',
          message: '"a.csv" cannot be written: the disk is full.',
        });
      });
      expect(await readdir(folder)).toEqual(['probe']);
    }));

  it('passes on what the writer throws, and leaves nothing behind', () =>
    inTemporaryFolder(async (folder) => {
      const fault = new Error('the map cannot be read');
      const written = writeOutputFile(join(folder, 'a.csv'), {}, async (sink) => {
        await sink.write('some');
        throw fault;
      });
      await expect(written).rejects.toBe(fault);
      expect(await readdir(folder)).toEqual([]);
    }));

  it('names a folder that does not exist as the reason', () =>
    inTemporaryFolder(async (folder) => {
      await expect(writeOutputFile(join(folder, 'no', 'a.csv'), {}, async () => {})).rejects.toMatchObject({
        code: 'DH_OUTPUT_NOT_WRITTEN',
        message: '"a.csv" cannot be written: its folder does not exist.',
      });
    }));
});

describe('writeOutputFolder', () => {
  it('is there whole or not at all, and replaces a folder only if allowed', () =>
    inTemporaryFolder(async (folder) => {
      const path = join(folder, 'a.zarr');
      await writeOutputFolder(path, {}, async (target) => {
        await target.put('x/0.0', 'one');
        await target.put('.zgroup', '{}');
        expect((await readdir(folder)).filter((name) => !name.startsWith('.'))).toEqual([]);
      });
      expect(await readFile(join(path, 'x', '0.0'), 'utf8')).toBe('one');
      await expect(writeOutputFolder(path, {}, async () => {})).rejects.toMatchObject({ code: 'DH_OUTPUT_EXISTS' });
      const failing = writeOutputFolder(path, { overwrite: true }, async (target) => {
        await target.put('y', 'two');
        throw new Error('no more');
      });
      await expect(failing).rejects.toThrow('no more');
      expect(await readdir(folder)).toEqual(['a.zarr']);
      await writeOutputFolder(path, { overwrite: true }, (target) => target.put('z', 'three'));
      expect(await readdir(path)).toEqual(['z']);
      expect(await readdir(folder)).toEqual(['a.zarr']);
    }));

  it('does not take an empty folder of another program for its own', () =>
    inTemporaryFolder(async (folder) => {
      const path = join(folder, 'a.zarr');
      const written = writeOutputFolder(path, {}, () => mkdir(path).then(() => undefined));
      await expect(written).rejects.toMatchObject({ code: 'DH_OUTPUT_EXISTS' });
    }));

  it('says why a folder cannot be made', () =>
    inTemporaryFolder(async (folder) => {
      await expect(writeOutputFolder(join(folder, 'no', 'a.zarr'), {}, async () => {})).rejects.toMatchObject({
        code: 'DH_OUTPUT_NOT_WRITTEN',
        message: '"a.zarr" cannot be written: its folder does not exist.',
      });
    }));
});
