import { DeepHealthError } from '@deephealth/sdk';
import type { Crs4Shape } from '../outputs/crs4/crs4-shapes.js';
import type { HttpResponse } from './http-exchange.js';
import { refused } from './platform-errors.js';
import {
  checkPrediction,
  differences,
  type PromortPrediction,
  predictionBody,
  sortedJson,
} from './promort-prediction.js';
import { createPromortSession, type PromortOptions, type PromortSession } from './promort-session.js';

/** ProMort, or CRS4's DigitalPathologyPlatform, over its REST interface (v0.11). */
export interface PromortClient {
  /**
   * Enters a prediction, with its provenance and whether it has to be reviewed. One of the same label that is
   * there already is the result, if it says the same; nothing is ever entered twice.
   *
   * @throws DH_REQUEST_MALFORMED, DH_PLATFORM_CONFLICT if it says something else, DH_PLATFORM_REFUSED,
   * DH_PLATFORM_UNAUTHENTICATED, DH_PLATFORM_UNREACHABLE, DH_CANCELLED
   */
  importPrediction(prediction: PromortPrediction): Promise<{ readonly id: number; readonly isNew: boolean }>;
  /**
   * Enters shapes as the tissue fragments of a prediction. A collection that an earlier try has begun is
   * completed.
   *
   * @throws as importPrediction; DH_PLATFORM_CONFLICT if the collection has other fragments
   */
  importTissueFragments(
    predictionId: number,
    shapes: readonly Crs4Shape[],
  ): Promise<{ readonly collectionId: number; readonly added: number }>;
  /** Logs out. */
  close(): Promise<void>;
}

/** @throws DH_REQUEST_MALFORMED for an address that is none */
export function createPromortClient(options: PromortOptions): PromortClient {
  const session = createPromortSession(options);
  return {
    importPrediction: (prediction) => importPrediction(session, prediction),
    importTissueFragments: (predictionId, shapes) => importTissueFragments(session, predictionId, shapes),
    close: () => session.close(),
  };
}

type Row = Readonly<Record<string, unknown>> & { readonly id: number };

async function importPrediction(session: PromortSession, prediction: PromortPrediction) {
  checkPrediction(prediction);
  const response = await afterLoss(() => session.postOnce('api/predictions/', predictionBody(prediction)));
  if (response.status === 201) return { id: rowOf(response).id, isNew: true };
  // Also where the answer to a first try got lost.
  if (response.status !== 409) throw refused('the prediction', response, session.secrets());
  const there = await findPrediction(session, prediction);
  if (there === undefined) throw conflict('of another slide, or that cannot be read,');
  const different = differences(there, prediction);
  if (different.length > 0) throw conflict(`that differs in ${different.join(', ')}`);
  return { id: there.id, isNew: false };
}

function conflict(how: string): DeepHealthError {
  return new DeepHealthError(
    'DH_PLATFORM_CONFLICT',
    `The platform has a prediction of this label already ${how} and it was left as it is. Choose another label.`,
  );
}

async function findPrediction(session: PromortSession, { label, slide }: PromortPrediction): Promise<Row | undefined> {
  const ofSlide = await session.get(`api/slides/${encodeURIComponent(slide)}/predictions/`);
  // Ids of slides with other characters than letters, digits, "-" and "_" have no such address.
  const listed = ofSlide.status === 200 ? ofSlide : await session.get('api/predictions/');
  if (listed.status !== 200) throw refused('to list its predictions', listed, session.secrets());
  return rowsOf(listed).find((row) => row.label === label);
}

async function importTissueFragments(session: PromortSession, predictionId: number, shapes: readonly Crs4Shape[]) {
  const collectionId = await afterLoss(() => collectionOf(session, predictionId));
  const path = `api/tissue_fragments_collections/${collectionId}/fragments/`;
  const lacking = await missingShapes(session, path, shapes);
  if (lacking.length === 0) return { collectionId, added: 0 };
  await afterLoss(async () => {
    // What a lost answer was about is there, or it is not.
    for (const { coordinates, length, area } of await missingShapes(session, path, shapes)) {
      const response = await session.postOnce(path, { shape_json: { coordinates, length, area } });
      if (response.status !== 201) throw refused('a tissue fragment', response, session.secrets());
    }
  });
  return { collectionId, added: lacking.length };
}

const MOST_LOSSES = 3;

/** Does something anew when an answer gets lost; it looks what is there before it makes anything. */
async function afterLoss<T>(act: () => Promise<T>): Promise<T> {
  for (let losses = 0; ; losses++) {
    try {
      return await act();
    } catch (error) {
      if (DeepHealthError.from(error).code !== 'DH_PLATFORM_UNREACHABLE' || losses === MOST_LOSSES) throw error;
    }
  }
}

async function collectionOf(session: PromortSession, predictionId: number): Promise<number> {
  const listed = await session.get('api/tissue_fragments_collections/');
  if (listed.status !== 200) throw refused('to list its collections', listed, session.secrets());
  const there = rowsOf(listed).find(({ prediction }) => prediction === predictionId);
  if (there !== undefined) return there.id;
  const made = await session.postOnce('api/tissue_fragments_collections/', { prediction: predictionId });
  if (made.status !== 201) throw refused('a collection of tissue fragments', made, session.secrets());
  return rowOf(made).id;
}

/** Those shapes that a collection lacks. @throws DH_PLATFORM_CONFLICT if it has any that is none of them */
async function missingShapes(session: PromortSession, path: string, shapes: readonly Crs4Shape[]) {
  const listed = await session.get(path);
  if (listed.status !== 200) throw refused('to list its tissue fragments', listed, session.secrets());
  const missing = new Map(shapes.map((shape) => [sortedJson(shape), shape]));
  for (const { shape_json: text } of rowsOf(listed)) {
    if (missing.delete(sortedShape(text))) continue;
    throw new DeepHealthError(
      'DH_PLATFORM_CONFLICT',
      'The collection of tissue fragments of this prediction has others, or one twice. It was left as it is.',
    );
  }
  return [...missing.values()];
}

function sortedShape(text: unknown): string {
  try {
    return sortedJson(JSON.parse(String(text)));
  } catch {
    return '';
  }
}

function rowsOf(response: HttpResponse): Row[] {
  const rows = parsed(response);
  if (Array.isArray(rows)) return rows as Row[];
  throw refused('to give a list', response);
}

function rowOf(response: HttpResponse): Row {
  const row = parsed(response) as Row | undefined;
  if (typeof row?.id === 'number') return row;
  throw refused('to say the id of what it made', response);
}

function parsed({ body }: HttpResponse): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    return undefined;
  }
}
