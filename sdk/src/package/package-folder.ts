import { lstat, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DeepHealthError } from '../errors/deephealth-error.js';
import { CHECKSUMS_FILE, isPackagePath, parseChecksums, SIGNATURE_FILE, sha256 } from './checksums.js';
import { type GoldenCase, parseGolden } from './golden.js';
import type { Manifest, OnnxFiles } from './manifest.js';
import { orderGoldenCases } from './order-golden-cases.js';
import { parseManifest } from './parse-manifest.js';
import { parseVocabulary, type Vocabulary } from './parse-vocabulary.js';
import { vocabulariesOf } from './token-spec.js';

/** A package whose every file was read and found to be what SHA256SUMS and the manifest state. */
export interface ModelPackage {
  readonly manifest: Manifest;
  /** The manifest's bytes as text. */
  readonly manifestJson: string;
  /** SHA-256 of SHA256SUMS. */
  readonly packageSha256: string;
  /** In the order in which they can run: a case that another one follows comes before it. */
  readonly goldenCases: readonly GoldenCase[];
  /** Every graph of the package by its file; none for a model that another server runs. */
  readonly graphs: ReadonlyMap<string, PackagedGraph>;
  /** Every vocabulary by its file. */
  readonly vocabularies: ReadonlyMap<string, Vocabulary>;
  /** Sizes in bytes of all listed files. */
  readonly fileSizes: ReadonlyMap<string, number>;
}

/** An ONNX file; the very bytes that were digested, so that what runs is what was checked. */
export interface PackagedGraph {
  /** Path inside the package. */
  readonly file: string;
  readonly sha256: string;
  readonly onnx: Uint8Array;
  readonly externalData: readonly { readonly file: string; readonly data: Uint8Array }[];
}

/**
 * Reads and checks a package folder.
 *
 * Throws, with messages that name files inside the package only: DH_PACKAGE_FILE_MISSING,
 * DH_PACKAGE_FILE_UNLISTED, DH_PACKAGE_PATH_INVALID, DH_FILE_DIGEST_MISMATCH,
 * DH_MANIFEST_MALFORMED, DH_MANIFEST_INVALID, DH_MANIFEST_DRAFT, DH_GOLDEN_MISSING,
 * DH_GOLDEN_MALFORMED; and DH_PACKAGE_CHANGED, before anything else is read, for another package than `expected`.
 *
 * @param expected digest of the package that was judged already, so that no other one takes its place meanwhile
 */
export async function readModelPackage(folder: string, expected?: string): Promise<ModelPackage> {
  const files = await listPackageFiles(folder);
  const sumsBytes = await readListed(folder, files, CHECKSUMS_FILE);
  if (expected !== undefined && sha256(sumsBytes) !== expected) throw changed();
  const sums = parseChecksums(new TextDecoder().decode(sumsBytes));

  const contents = new Map<string, Uint8Array>();
  for (const [file, expected] of sums) {
    const bytes = await readListed(folder, files, file);
    if (sha256(bytes) !== expected) throw digestMismatch(file, CHECKSUMS_FILE);
    contents.set(file, bytes);
  }
  for (const file of files) {
    if (file === CHECKSUMS_FILE || file === SIGNATURE_FILE || sums.has(file)) continue;
    throw new DeepHealthError(
      'DH_PACKAGE_FILE_UNLISTED',
      `"${file}" is not listed in ${CHECKSUMS_FILE}. Remove it, or write the sums again.`,
      {
        details: { file },
      },
    );
  }

  const manifestBytes = contentOf(contents, 'model.json');
  const manifest = parseManifest(manifestBytes);
  if (manifest.draft !== undefined && manifest.draft.length > 0) {
    const fields = manifest.draft.map((note) => note.field).join(', ');
    throw new DeepHealthError(
      'DH_MANIFEST_DRAFT',
      `model.json still holds ${manifest.draft.length} unconfirmed guesses (${fields}). Check each, then delete "draft".`,
      {
        details: { file: 'model.json', field: '/draft' },
      },
    );
  }
  contentOf(contents, 'MODEL_CARD.md');

  const graphs = new Map<string, PackagedGraph>();
  for (const files of onnxFiles(manifest)) graphs.set(files.file, readGraphFiles(contents, files));

  const goldenFiles = [...sums.keys()].filter((file) => /^golden\/[^/]+\.json$/.test(file)).sort();
  if (goldenFiles.length === 0) {
    throw new DeepHealthError(
      'DH_GOLDEN_MISSING',
      'The package holds no golden case (golden/*.json). Add at least one real input with its expected output.',
      {
        details: { file: 'golden/*.json' },
      },
    );
  }
  const goldenCases = orderGoldenCases(
    goldenFiles.map((file) => parseGolden(contentOf(contents, file), file, manifest)),
  );
  return {
    manifest,
    manifestJson: new TextDecoder().decode(manifestBytes),
    packageSha256: sha256(sumsBytes),
    goldenCases,
    graphs,
    vocabularies: new Map(
      vocabulariesOf(manifest).map(({ field, spec }) => [
        spec.file,
        parseVocabulary(contentOf(contents, spec.file), spec, field),
      ]),
    ),
    fileSizes: new Map([...contents].map(([file, bytes]) => [file, bytes.byteLength])),
  };
}

/** The ONNX files that a manifest names, in declared order. */
function onnxFiles(manifest: Manifest): OnnxFiles[] {
  if (manifest.pipeline !== undefined) return manifest.pipeline.models.map(({ onnx }) => onnx);
  return manifest.onnx === undefined ? [] : [manifest.onnx];
}

function readGraphFiles(contents: ReadonlyMap<string, Uint8Array>, files: OnnxFiles): PackagedGraph {
  const onnx = contentOf(contents, files.file);
  if (sha256(onnx) !== files.sha256) throw digestMismatch(files.file, 'model.json');
  const externalData = (files.externalData ?? []).map(({ file, sizeBytes, sha256: expected }) => {
    const data = contentOf(contents, file);
    if (data.byteLength !== sizeBytes || sha256(data) !== expected) throw digestMismatch(file, 'model.json');
    return { file, data };
  });
  return { file: files.file, sha256: files.sha256, onnx, externalData };
}

/**
 * Relative paths of all files below a package folder, sorted.
 * Throws DH_PACKAGE_PATH_INVALID for links, other special files and names that the format excludes.
 */
export async function listPackageFiles(folder: string): Promise<string[]> {
  const files: string[] = [];
  const walk = async (relative: string): Promise<void> => {
    const entries = await readdir(join(folder, relative), { withFileTypes: true }).catch((cause) => {
      throw unreadable(relative === '' ? '.' : relative, cause);
    });
    for (const entry of entries) {
      const path = relative === '' ? entry.name : `${relative}/${entry.name}`;
      if (!isPackagePath(path) || !(entry.isFile() || entry.isDirectory())) {
        throw new DeepHealthError(
          'DH_PACKAGE_PATH_INVALID',
          `The package holds ${JSON.stringify(path)}, which is a link or has a name that the format excludes. Remove it.`,
          {
            details: { file: path },
          },
        );
      }
      if (entry.isDirectory()) await walk(path);
      else files.push(path);
    }
  };
  try {
    if (!(await lstat(folder)).isDirectory()) throw new Error('not a folder');
  } catch (cause) {
    throw new DeepHealthError('DH_PACKAGE_FILE_MISSING', 'The package folder is not there, or is not a folder.', {
      cause,
    });
  }
  await walk('');
  return files.sort();
}

async function readListed(folder: string, files: readonly string[], file: string): Promise<Uint8Array> {
  if (!files.includes(file)) {
    throw new DeepHealthError('DH_PACKAGE_FILE_MISSING', `"${file}" is missing from the package. Restore it.`, {
      details: { file },
    });
  }
  return readFile(join(folder, file)).catch((cause) => {
    throw unreadable(file, cause);
  });
}

/** The store's own error holds the path, so it is for the log only. */
function unreadable(file: string, cause: unknown): DeepHealthError {
  return new DeepHealthError(
    'DH_PACKAGE_FILE_MISSING',
    `"${file}" of the package is there and cannot be read. Look at the disk, the rights and the size of the file.`,
    { details: { file }, cause },
  );
}

function contentOf(contents: ReadonlyMap<string, Uint8Array>, file: string): Uint8Array {
  const bytes = contents.get(file);
  if (bytes === undefined) {
    throw new DeepHealthError(
      'DH_PACKAGE_FILE_MISSING',
      `"${file}" is missing from the package or from ${CHECKSUMS_FILE}.`,
      { details: { file } },
    );
  }
  return bytes;
}

function changed(): DeepHealthError {
  return new DeepHealthError(
    'DH_PACKAGE_CHANGED',
    `${CHECKSUMS_FILE} is no longer that of the package that was verified. Load or verify the version again if the change is meant.`,
    { details: { file: CHECKSUMS_FILE } },
  );
}

function digestMismatch(file: string, statedIn: string): DeepHealthError {
  return new DeepHealthError(
    'DH_FILE_DIGEST_MISMATCH',
    `"${file}" is not the file that ${statedIn} states: its SHA-256 or size differs. Restore the file; if the change is meant, write a new version with new sums.`,
    { details: { file, statedIn } },
  );
}
