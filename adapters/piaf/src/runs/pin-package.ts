import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { cp, mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type ChainPackage, readChainPackage } from '../bindings/read-chain-package.js';

/**
 * The copy of a package that runs are pinned to: whatever becomes of the store of models, a run that has begun ends
 * with the package that it began with. Where the copy is there already, it is read and checked again.
 *
 * @returns the package in the copy
 * @throws what readChainPackage throws
 */
export async function pinPackage(packages: string, model: ChainPackage): Promise<ChainPackage> {
  const { name, version } = model.manifest;
  const home = join(packages, model.packageSha256);
  const folder = join(home, name, version);
  const there = await readChainPackage(folder).catch(() => undefined);
  if (there?.packageSha256 === model.packageSha256) return there;
  // Half a copy, or a spoilt one.
  await rm(home, { recursive: true, force: true });
  const draft = join(packages, `.${randomBytes(6).toString('hex')}`);
  try {
    await mkdir(join(draft, name), { recursive: true, mode: 0o700 });
    await cp(model.folder, join(draft, name, version), {
      recursive: true,
      dereference: true,
      mode: constants.COPYFILE_FICLONE,
    });
    const copied = await readChainPackage(join(draft, name, version));
    if (copied.packageSha256 !== model.packageSha256)
      return await pinPackage(packages, await readChainPackage(model.folder));
    await rename(draft, home).catch(async (cause: NodeJS.ErrnoException) => {
      // Another process pinned it meanwhile.
      if (cause.code !== 'ENOTEMPTY' && cause.code !== 'EEXIST') throw cause;
      await rm(draft, { recursive: true, force: true });
    });
  } catch (thrown) {
    await rm(draft, { recursive: true, force: true });
    throw thrown;
  }
  return readChainPackage(folder);
}
