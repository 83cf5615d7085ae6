import { createHash } from 'node:crypto';
import { link, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { DEFAULT_MAX_ITEMS, type ItemKind } from '../bindings/processing-chain-binding.js';
import { parseChecksum } from '../steps/checksum.js';
import type { StoredInput } from '../store/run-event.js';
import { type InputRoot, resolveInRoot } from './input-roots.js';
import { requestInvalid } from './run-errors.js';
import type { InputReference, ServedChain, SubmitRequest } from './run-service.js';
import { type LaidUpload, UPLOADED } from './upload-area.js';

/**
 * Checks where the inputs of a request are and lays them out: attachments of one folder become a folder of the run.
 *
 * @throws DH_CHAIN_REQUEST_INVALID naming the input
 */
export async function layOutInputs(
  { inputs, tenant }: SubmitRequest,
  { binding }: ServedChain,
  upload: LaidUpload | undefined,
  roots: readonly InputRoot[],
): Promise<StoredInput[]> {
  const most = binding.item.maxItems ?? DEFAULT_MAX_ITEMS;
  if (inputs.length === 0) throw requestInvalid('studies', 'A run needs one input at least.');
  if (inputs.length > most) throw requestInvalid('studies', `The chain takes ${most} items in one run.`);
  const stored: StoredInput[] = [];
  for (const [index, input] of inputs.entries()) {
    const field = `studies[${index}]`;
    if (input.checksum !== undefined) parseChecksum(input.checksum);
    stored.push(
      input.kind === 'root'
        ? await inRoot(input, roots, tenant, field)
        : await attached(input, binding.item.kind, upload, index, field),
    );
  }
  return stored;
}

async function inRoot(
  input: InputReference & { readonly kind: 'root' },
  roots: readonly InputRoot[],
  tenant: string,
  field: string,
): Promise<StoredInput> {
  // Looked at now to say so at once, and again when it is read.
  await resolveInRoot(roots, tenant, input.root, input.path, field);
  const { root, path, checksum } = input;
  return { kind: 'root', root, path, ...(checksum === undefined ? {} : { checksum }) };
}

async function attached(
  { path, checksum }: InputReference,
  kind: ItemKind,
  upload: LaidUpload | undefined,
  index: number,
  field: string,
): Promise<StoredInput> {
  const name = path.replace(/\/$/, '');
  const sum = checksum === undefined ? {} : { checksum };
  const file = upload?.digests.has(name) ? upload.paths.get(name) : undefined;
  const files = upload?.folders.get(name);
  if (upload === undefined || (file === undefined && files === undefined)) {
    throw requestInvalid(field, 'There is no attachment of this name.');
  }
  if (file !== undefined) {
    if (kind === 'series') throw requestInvalid(field, 'The chain takes a folder of files for each study.');
    return { kind: 'attachment', path: file, ...sum };
  }
  if (kind === 'file') throw requestInvalid(field, 'The chain takes one file for each study.');
  if (checksum !== undefined) throw requestInvalid(field, 'Checksums are of files.');
  const folder = `${UPLOADED}/folder-${String(index).padStart(6, '0')}`;
  await mkdir(join(upload.folder, folder), { mode: 0o700 });
  for (const [number, one] of (files ?? []).entries()) {
    const place = join(upload.folder, upload.paths.get(one) as string);
    await link(place, join(upload.folder, folder, String(number).padStart(6, '0')));
  }
  return { kind: 'attachment', path: folder };
}

/** Equal for two requests that ask for the same: chain, parameters, inputs, and the bytes of the attachments. */
export function requestDigest(
  { chain, inputs }: SubmitRequest,
  parameters: object,
  digests: ReadonlyMap<string, string>,
): string {
  const attached = [...digests].sort(([a], [b]) => (a < b ? -1 : 1));
  return createHash('sha256')
    .update(JSON.stringify([chain, parameters, inputs, attached]))
    .digest('hex');
}
