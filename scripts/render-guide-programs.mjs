// Puts programs of the repository into the pages that show them: what stands between the two comments
//   <!-- shown: the program samples/clients/python/predict.py -->
// and the end of the code block behind it becomes the file. Run as a script it writes the pages.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, extname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const guides = join(root, 'docs', 'guides');
const SHOWN = /<!-- shown: the program (\S+) -->\n+(?:```[\s\S]*?\n```\n)?/g;
const LANGUAGES = {
  '.py': 'python',
  '.ts': 'typescript',
  '.mjs': 'javascript',
  '.java': 'java',
  '.go': 'go',
  '.cs': 'csharp',
};

/** The page with every program as the repository has it. */
export function withPrograms(page) {
  return page.replace(SHOWN, (_, file) => {
    const text = readFileSync(join(root, file), 'utf8').trimEnd();
    return `<!-- shown: the program ${file} -->\n\`\`\`${LANGUAGES[extname(file)] ?? 'text'}\n${text}\n\`\`\`\n`;
  });
}

/** Text of every guide by its file name. */
export function readGuides() {
  const files = readdirSync(guides).filter((file) => file.endsWith('.md'));
  return new Map(files.map((file) => [file, readFileSync(join(guides, file), 'utf8')]));
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  for (const [file, text] of readGuides()) {
    const page = withPrograms(text);
    if (page !== text) writeFileSync(join(guides, file), page);
  }
}
