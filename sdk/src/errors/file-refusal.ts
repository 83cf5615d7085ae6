/** Why a file is not read: a phrase that goes on after "the file", without a value of the patient. */
export class FileRefusal extends Error {
  override readonly name = 'FileRefusal';
}
