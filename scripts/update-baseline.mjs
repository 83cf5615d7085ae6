// Renews proto/baseline after a deliberate change of the contract. Until 1.0 this is allowed, with a
// line under "Contract" in CHANGELOG.md; afterwards a released minor never changes.
import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describeContract } from '@deephealth/proto';

const file = join(dirname(dirname(fileURLToPath(import.meta.url))), 'proto', 'baseline', 'v1.0.json');
writeFileSync(file, `${JSON.stringify(describeContract(), null, 2)}\n`);
process.stderr.write('Wrote proto/baseline/v1.0.json. Say in CHANGELOG.md, under Contract, what changed and why.\n');
