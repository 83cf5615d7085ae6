import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { ExampleContent, PackageContent, PackageContents } from '@deephealth/console';
import type { ModelVersion, ServerInside } from '@deephealth/runtime';
import { CHECKSUMS_FILE, packageFileReader, parseChecksums, parseGolden } from '@deephealth/sdk';
import { exampleInput } from './example-inputs.js';
import { type OperatorExample, operatorExamples } from './operator-examples.js';

const MOST_EXAMPLES = 24;
const MOST_GOLDEN_BYTES = 64 * 1024 * 1024;
const LONGEST_CARD_BYTES = 1024 * 1024;
const MOST_PACKAGES = 64;

interface GoldenExample {
  /** In the package. */
  readonly file: string;
  readonly title: string;
  readonly ending: string;
  readonly mediaType: string;
  readonly sizeBytes: number;
}

interface Described extends PackageContent {
  readonly golden: readonly GoldenExample[];
}

/**
 * What packages hold beside what the contract says: read of the folder that was verified, file by file as it was
 * verified. Examples are the inputs of golden cases, and files of a folder that the operator names.
 *
 * @param examplesFolder holds a folder for each model, by its name
 */
export function packageContents({ store }: Pick<ServerInside, 'store'>, examplesFolder?: string): PackageContents {
  const known = new Map<string, Promise<Described>>();
  const describedOf = (model: ModelVersion, packageSha256: string) => {
    let described = known.get(packageSha256);
    if (described === undefined) {
      described = describe(model, packageSha256);
      // What could not be read may be readable later.
      described.catch(() => known.delete(packageSha256));
      known.set(packageSha256, described);
      for (const oldest of known.keys()) {
        if (known.size <= MOST_PACKAGES) break;
        known.delete(oldest);
      }
    }
    return described;
  };
  const served = (name: string, version: string) => {
    const model = store.versions(name).find((one) => one.version === version);
    return model?.loaded === undefined ? undefined : { model, packageSha256: model.loaded.packageSha256 };
  };
  return {
    async read(name, version) {
      const found = served(name, version);
      if (found === undefined) return { bindings: [], examples: [] };
      const own = await operatorExamples(examplesFolder, name);
      // A package that has changed since is not shown, as if it were what serves; the store will say so.
      const { golden, ...content } = await describedOf(found.model, found.packageSha256).catch(
        (): Described => ({ bindings: [], examples: [], golden: [] }),
      );
      return { ...content, examples: [...content.examples, ...own.map(toRow)] };
    },
    async example(name, version, id) {
      const found = served(name, version);
      if (found === undefined) return undefined;
      const own = (await operatorExamples(examplesFolder, name)).find((one) => one.id === id);
      if (own !== undefined) return { ...own, bytes: await readFile(own.path) };
      const { golden } = await describedOf(found.model, found.packageSha256);
      const wanted = golden.find((_, index) => goldenId(index) === id);
      return wanted && goldenContent(found.model, found.packageSha256, wanted);
    },
  };
}

const goldenId = (index: number) => `golden-${index + 1}`;

function toRow({ id, title, mediaType, sizeBytes }: OperatorExample) {
  return { id, title, mediaTypes: [mediaType], sizeBytes };
}

async function describe({ folder, loaded }: ModelVersion, packageSha256: string): Promise<Described> {
  const read = await packageFileReader(folder, packageSha256);
  const files = [...parseChecksums(await readFile(join(folder, CHECKSUMS_FILE), 'utf8')).keys()].sort();
  const golden: GoldenExample[] = [];
  let bytes = 0;
  for (const file of files.filter((one) => /^golden\/[^/]+\.json$/.test(one)).slice(0, MOST_EXAMPLES)) {
    bytes += (await stat(join(folder, file))).size;
    if (bytes > MOST_GOLDEN_BYTES || loaded === undefined) break;
    const one = parseGolden(await read(file), file, loaded.manifest);
    const { ending, mediaType, bytes: content } = exampleInput(one);
    golden.push({ file, title: one.description || one.id, ending, mediaType, sizeBytes: content.byteLength });
  }
  const card = files.includes('MODEL_CARD.md') ? await read('MODEL_CARD.md') : undefined;
  return {
    ...(card !== undefined && card.byteLength <= LONGEST_CARD_BYTES && { card: card.toString('utf8') }),
    bindings: files.flatMap((file) => /^bindings\/([\w-]+)\.json$/.exec(file)?.[1] ?? []),
    examples: golden.map(({ title, mediaType, sizeBytes }, index) => ({
      ...{ id: goldenId(index), title, mediaTypes: [mediaType], sizeBytes },
    })),
    golden,
  };
}

async function goldenContent(
  { folder, loaded }: ModelVersion,
  packageSha256: string,
  { file }: GoldenExample,
): Promise<ExampleContent | undefined> {
  if (loaded === undefined) return undefined;
  const read = await packageFileReader(folder, packageSha256);
  const golden = parseGolden(await read(file), file, loaded.manifest);
  const { ending, mediaType, bytes } = exampleInput(golden);
  return { fileName: `${golden.id}${ending}`, mediaType, bytes };
}
