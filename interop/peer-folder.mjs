import { join } from 'node:path';

/** Where a peer is installed: below .build/, which git ignores. */
export const peerFolder = (root, name) => join(root, '.build', 'interop', name);
