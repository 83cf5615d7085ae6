/** Why a DICOM file is not read: a phrase that goes on after "the file", without a value of the patient. */
export class DicomRefusal extends Error {
  override readonly name = 'DicomRefusal';
}
