import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import {
  analysisOf,
  formatsFor,
  openSlide,
  predictToFolder,
  readSlidePackage,
  type SlideReport,
} from '@deephealth/adapter-digital-pathology';
import {
  type ChainBinding,
  type ChainPackage,
  DEFAULT_SLIDE_FORMATS,
  hashFile,
  type ItemCall,
  type ItemPredictor,
  type ResultFile,
} from '@deephealth/adapter-piaf';
import { DeepHealthError, type RuntimeClient } from '@deephealth/sdk';

const MEDIA_TYPES: Readonly<Record<string, string>> = {
  '.geojson': 'application/geo+json',
  '.csv': 'text/csv',
  '.png': 'image/png',
  '.zip': 'application/zip',
};

/**
 * Leads the model of a chain over whole slides, by the analysis that the chain names. What a slide's own report says
 * of times stays out of the results: equal slides give equal bytes.
 */
export async function slidePredictor(
  client: RuntimeClient,
  { folder, packageSha256 }: ChainPackage,
  chain: ChainBinding,
): Promise<ItemPredictor> {
  const model = await readSlidePackage(folder);
  if (model.packageSha256 !== packageSha256) {
    throw new DeepHealthError('DH_FILE_DIGEST_MISMATCH', 'The package changed while it was read.');
  }
  const analysis = analysisOf(model.binding, chain.item.analysis);
  return {
    // A slide has its own tiles under way.
    maxInFlight: 1,
    async predict({ path, parameters: { level, micronsPerPixel: mpp }, folder: out, place, signal }: ItemCall) {
      const slide = await openSlide(path, typeof mpp === 'number' ? { micronsPerPixel: { x: mpp, y: mpp } } : {});
      try {
        const report = await predictToFolder({
          ...{ slide, client, model, analysis, signal, folder: out },
          formats: (map) => {
            const possible = formatsFor({ map, slide });
            return (chain.formats ?? DEFAULT_SLIDE_FORMATS).filter((format) => possible.includes(format));
          },
          ...(typeof level === 'number' && { level }),
        });
        await rm(join(out, `${analysis.label}.report.json`));
        return answerOf(report, await describeFiles(out, place));
      } finally {
        await slide.close();
      }
    },
  };
}

async function describeFiles(folder: string, place: string): Promise<ResultFile[]> {
  const names = (await readdir(folder)).sort();
  const files: ResultFile[] = [];
  for (const name of names) {
    const { size, digest } = await hashFile(join(folder, name));
    const mediaType = MEDIA_TYPES[name.slice(name.lastIndexOf('.'))] ?? 'application/octet-stream';
    files.push({ path: `${place}/${name}`, mediaType, name, size, sha256: digest });
  }
  return files;
}

function answerOf(report: SlideReport, files: readonly ResultFile[]) {
  const { model, runtime, parameters } = report.provenance;
  const { title, label, classes, tiles, grid, unread } = report;
  return {
    model: {
      ...{ name: model.name, version: model.version },
      ...{ packageSha256: model.packageSha256, onnxSha256: model.onnxSha256 },
    },
    ranOn: { engine: runtime.engine, executionProvider: runtime.executionProvider },
    findings: [{ name: label, title, slide: { classes, tiles, grid, unread, parameters } }],
    warnings: report.warnings.map((message) => ({ kind: 'SLIDE', field: '', message })),
    files,
  };
}
