// Writes the cases of the conformance suite as one checked JSON file beside its JavaScript: every command
// that only looks something up would otherwise spend most of its time on reading YAML.
import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const conformance = join(dirname(dirname(fileURLToPath(import.meta.url))), 'conformance');
const { formatCases, loadCases } = await import('../conformance/dist/index.js');
writeFileSync(join(conformance, 'dist', 'cases.json'), formatCases(loadCases(join(conformance, 'cases'))));
