// Every requirement of the contract in one list.
import { page, prose } from './markdown.mjs';

/** @param requirements as `contractRequirements()` of the proto package gives them */
export function renderRequirements(requirements) {
  const intro =
    'Tests of this repository name a requirement in their title. The cases of the conformance suite that judge it are in [conformance/coverage.md](../conformance/coverage.md).';
  const sections = requirements.map(
    ({ id, text, file }) => `\n## ${id}\n\n${prose(text)}\n\nFrom \`proto/proto/${file}\`.\n`,
  );
  return page('Requirements of the contract', 'the comments of `proto/proto`', intro) + sections.join('');
}
