import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { basename, isAbsolute, join } from 'node:path';
import { findLabelColumn } from './label-column.js';
import { samplesInvalid } from './samples-invalid.js';
import type { TableSamples } from './table-samples.js';

/** A sample that is a file. */
export interface SampleFile {
  readonly path: string;
  /** For messages. */
  readonly name: string;
  readonly label?: string;
}

export interface SampleFiles {
  readonly files: readonly SampleFile[];
  /** Name of what the labels say. */
  readonly labelName: string;
}

const FILE_COLUMNS = ['file', 'filename', 'file_name', 'path', 'image', 'recording'];
const FEWEST_FILES = 2;

/** Files of a folder: its subfolders are the labels, as image datasets have them, or there are none. */
export async function filesOfFolder(folder: string): Promise<SampleFiles> {
  const entries = (await readdir(folder, { withFileTypes: true })).filter(({ name }) => !name.startsWith('.'));
  const labels = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  const sorted = (names: readonly string[]) => [...names].sort();
  const files: SampleFile[] = [];
  for (const label of sorted(labels)) {
    const inside = await readdir(join(folder, label), { withFileTypes: true });
    const names = inside.filter((entry) => entry.isFile() && !entry.name.startsWith('.')).map(({ name }) => name);
    for (const name of sorted(names)) files.push({ path: join(folder, label, name), name: `${label}/${name}`, label });
  }
  const loose = entries.filter((entry) => entry.isFile()).map(({ name }) => name);
  if (labels.length > 0 && loose.length > 0) {
    throw samplesInvalid(
      `The folder of samples holds ${loose.length} files beside ${labels.length} folders of labels. Move them into the folder of their label.`,
    );
  }
  for (const name of sorted(loose)) files.push({ path: join(folder, name), name });
  return enough({ files, labelName: 'finding' });
}

/** Files that a column of a table names; undefined for a table of values. */
export function filesOfTable(
  folder: string,
  { headers, rows }: TableSamples,
  label: string | false | undefined,
): SampleFiles | undefined {
  const names = headers.map(({ name }) => name);
  const place = names.findIndex((name) => FILE_COLUMNS.includes(name.toLowerCase()));
  if (place < 0) return undefined;
  const column = names[place] as string;
  const labelName =
    label === false
      ? undefined
      : findLabelColumn(
          names.filter((name) => name !== column),
          label,
        );
  if (labelName === undefined && label !== false) {
    throw samplesInvalid(
      `No column beside "${column}" has the name of a label. Name it with --label, or say --unlabelled; everything that labels would show is then asked.`,
    );
  }
  const labelPlace = labelName === undefined ? -1 : names.indexOf(labelName);
  const files = rows.map((row, index): SampleFile => {
    const cell = row[place] ?? '';
    const path = isAbsolute(cell) ? cell : join(folder, cell);
    if (cell === '' || !existsSync(path)) {
      throw samplesInvalid(`Row ${index + 1}, column "${column}": there is no such file beside the table.`, {
        row: String(index + 1),
        column,
      });
    }
    const said = row[labelPlace];
    if (labelPlace >= 0 && (said === undefined || said === ''))
      throw samplesInvalid(`Row ${index + 1}: column "${labelName}" holds no label.`, { row: String(index + 1) });
    return { path, name: `row ${index + 1} (${basename(cell)})`, ...(said !== undefined && { label: said }) };
  });
  return enough({ files, labelName: labelName ?? 'finding' });
}

function enough(samples: SampleFiles): SampleFiles {
  if (samples.files.length >= FEWEST_FILES) return samples;
  throw samplesInvalid(`The samples are ${samples.files.length} files, and at least ${FEWEST_FILES} are needed.`);
}
