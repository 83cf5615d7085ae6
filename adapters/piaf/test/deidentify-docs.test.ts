import { readFileSync } from 'node:fs';
import { describeCleaning } from '@deephealth/adapter-piaf';
import { describe, expect, it } from 'vitest';

const document = readFileSync(new URL('../../../docs/deidentification.md', import.meta.url), 'utf8');

describe('docs/deidentification.md', () => {
  it.each(describeCleaning().map((rule) => [rule.format, rule] as const))(
    'has the row of %s as the gate describes it',
    (_, rule) => {
      const { mediaType, format, kept, replaced, removed, refused } = rule;
      expect(document).toContain(
        `| ${format} (\`${mediaType}\`) | ${kept} | ${replaced} | ${removed} | ${refused} |\n`,
      );
    },
  );
});
