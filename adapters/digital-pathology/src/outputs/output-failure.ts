import { DeepHealthError } from '@deephealth/sdk';

const REASONS: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk quota is used up',
  EACCES: 'its folder does not allow it',
  EPERM: 'its folder does not allow it',
  EROFS: 'its folder is read-only',
  ENOENT: 'its folder does not exist',
  ENOTDIR: 'its folder does not exist',
  EISDIR: 'a folder has this name',
  EFBIG: 'the file would be too large for this file system',
  ENAMETOOLONG: 'its name is too long',
};

/** DH_OUTPUT_NOT_WRITTEN with what the operating system had to say, without the path that it names. */
export function outputFailure(file: string, cause: unknown): DeepHealthError {
  const code = (cause as NodeJS.ErrnoException | undefined)?.code ?? '';
  const reason = REASONS[code] ?? (/^E[A-Z0-9]+$/.test(code) ? `the system says ${code}` : 'the system refused');
  return new DeepHealthError('DH_OUTPUT_NOT_WRITTEN', `"${file}" cannot be written: ${reason}.`, {
    details: { file },
    cause,
  });
}

/** DH_REQUEST_MALFORMED for a map that has no form in a kind of file. */
export function outputRefusal(file: string, why: string): DeepHealthError {
  return new DeepHealthError('DH_REQUEST_MALFORMED', `"${file}" cannot be written: ${why}.`, { details: { file } });
}
