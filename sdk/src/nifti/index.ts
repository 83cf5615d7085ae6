export { niftiAffine } from './nifti-affine.js';
export { NIFTI_HEADER_BYTES, type NiftiHeader, parseNiftiHeader } from './nifti-header.js';
export { type NiftiLimits, type NiftiVolume, readNifti, readNiftiGeometry } from './read-nifti.js';
export { type NiftiImage, writeNifti } from './write-nifti.js';
