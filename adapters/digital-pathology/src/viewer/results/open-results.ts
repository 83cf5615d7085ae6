import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DeepHealthError } from '@deephealth/sdk';
import type { SlideReport } from '../../results/slide-report.js';
import type { Slide } from '../../slide/slide.js';
import type { MapValues } from './map-values.js';
import { readMapValues } from './read-map-values.js';
import { readRegions, type ShownRegions } from './read-regions.js';
import { type RegionValues, regionValues } from './region-values.js';
import { createValuePyramid, type ValuePyramid } from './value-pyramid.js';

/** A result beside the slide that it is of. */
export interface ShownResult {
  readonly report: SlideReport;
  readonly values?: MapValues;
  /** By class. */
  readonly pyramids: readonly ValuePyramid[];
  readonly regions?: ShownRegions;
  /** By the place of a region in the list. */
  readonly regionValues: readonly (RegionValues | undefined)[];
}

/** As results name themselves; nothing of such a name leaves a folder. */
const REPORT_NAME = /^(\w[\w-]*)\.report\.json$/;

/**
 * All results of some folders, as `predictToFolder` writes them.
 *
 * @throws DH_REQUEST_MALFORMED for a folder without a result, or of another slide; DH_MEDIA_UNREADABLE
 */
export async function openResults(folders: readonly string[], slide: Pick<Slide, 'sha256'>): Promise<ShownResult[]> {
  const results: ShownResult[] = [];
  for (const folder of folders) {
    const names = (await readdir(folder).catch(() => [])).sort();
    const labels = names.flatMap((name) => REPORT_NAME.exec(name)?.[1] ?? []);
    if (labels.length === 0) {
      throw new DeepHealthError(
        'DH_REQUEST_MALFORMED',
        'A folder of results holds none: there is no <label>.report.json in it. Name what "deephealth slide predict" wrote to with --out.',
      );
    }
    for (const label of labels) results.push(await openResult(folder, label, slide));
  }
  return results;
}

async function openResult(folder: string, label: string, slide: Pick<Slide, 'sha256'>): Promise<ShownResult> {
  const report = parseReport(await readFile(join(folder, `${label}.report.json`), 'utf8'), label);
  if (report.slide.sha256 !== slide.sha256) {
    throw new DeepHealthError(
      'DH_REQUEST_MALFORMED',
      `The result "${label}" is of another slide: the digest of the slide in its report is not that of this one.`,
    );
  }
  const values = await readMapValues(folder, report);
  const geojson = `${label}.geojson`;
  const regions = report.files.includes(geojson) ? await readRegions(join(folder, geojson)) : undefined;
  const channelOf = new Map(report.classes.map((one, at) => [one.label, at]));
  return {
    report,
    ...(values === undefined ? {} : { values }),
    pyramids: values?.channels.map((channel) => createValuePyramid(values.grid, channel)) ?? [],
    ...(regions === undefined ? {} : { regions }),
    regionValues:
      regions?.regions.map(({ label: name, rings }) => {
        const channel = values?.channels[channelOf.get(name) ?? -1];
        return values === undefined || channel === undefined ? undefined : regionValues(rings, values.grid, channel);
      }) ?? [],
  };
}

function parseReport(text: string, label: string): SlideReport {
  try {
    const report = JSON.parse(text) as SlideReport;
    const { grid, slide, classes, tiles, unread, warnings, provenance } = report;
    const numbers = [
      grid.columns,
      grid.rows,
      grid.x,
      grid.y,
      grid.cellWidth,
      grid.cellHeight,
      slide.width,
      slide.height,
    ];
    const isSound =
      report.schemaVersion === 1 &&
      report.label === label &&
      numbers.every(Number.isFinite) &&
      [grid.columns, grid.rows].every((count) => Number.isInteger(count) && count > 0) &&
      grid.cellWidth > 0 &&
      grid.cellHeight > 0 &&
      [classes, unread, warnings, report.files].every(Array.isArray) &&
      typeof tiles.examined === 'number' &&
      typeof provenance.model.name === 'string';
    if (isSound) return report;
  } catch {
    // Said below.
  }
  throw new DeepHealthError(
    'DH_MEDIA_UNREADABLE',
    `The report of the result "${label}" is damaged, or of another version.`,
  );
}
