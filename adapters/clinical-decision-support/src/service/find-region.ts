import type { runtimeV1 } from '@deephealth/proto';
import { DeepHealthError, type ErrorCode, type PlatformOutput, type RuntimeClient } from '@deephealth/sdk';
import type { RegionBinding } from '../bindings/cds-hooks-binding.js';
import type { CdsRequest } from '../bindings/cds-request.js';
import type { CardRegion } from '../cards/card-region.js';
import { wordingIn } from '../cards/languages.js';
import { outcomeOf } from '../cards/score.js';
import { browserPicture } from '../region/browser-picture.js';
import { overlayPng } from '../region/overlay-png.js';
import type { KeptRegion, RegionLinks, RegionOffer } from '../region/region-links.js';
import { regionMap } from '../region/region-map.js';
import { regionPage } from '../region/region-page.js';
import { askModel } from './ask-model.js';
import type { Deadline } from './deadline.js';
import type { CatalogService } from './service-catalog.js';

export interface RegionWanted {
  readonly service: CatalogService;
  readonly binding: RegionBinding;
  readonly request: CdsRequest;
  readonly requestId: string;
  readonly languages: readonly string[];
  /** What the score was asked with. */
  readonly input: runtimeV1.NamedInput;
  /** The score, which is there already. */
  readonly response: runtimeV1.PredictResponse__Output;
}

export interface RegionOptions {
  readonly runtime: RuntimeClient;
  readonly regions: RegionLinks;
  /** Without a slash at its end. */
  readonly baseUrl: string;
  readonly now: () => Date;
}

export interface FoundRegion {
  readonly card: CardRegion;
  /** To be kept under its address once the card may leave. */
  readonly keep?: { readonly offer: RegionOffer; readonly region: KeptRegion };
  /** What the runtime said of the region, besides what it said of the score. */
  readonly warnings: readonly runtimeV1.Warning__Output[];
  /** Its second answer, where it was asked twice. */
  readonly runs: PlatformOutput['runs'];
  /** Why there is none. */
  readonly code?: ErrorCode;
}

/**
 * For drawing the region, the card and the record: a region that comes later has come too late. Who waits for longer
 * has more that may go on meanwhile.
 */
const reserveMs = ({ totalMs }: Deadline) => Math.max(40, totalMs / 10);
/** With less than this left, nothing is asked for. */
const LEAST_MS = 20;
/** Two runs of a model that is not deterministic: a region of another score than the card's is not shown. */
const SAME_SCORE = 1e-6;

/**
 * The region behind the score, if it is there in time. The score is asked for first and by itself, and never waits: a
 * region takes hundreds of runs. Those have the lowest priority, so that nobody else's score waits for a picture.
 * Never throws.
 */
export async function findRegion(
  wanted: RegionWanted,
  deadline: Deadline,
  options: RegionOptions,
): Promise<FoundRegion> {
  try {
    return await found(wanted, await explained(wanted, deadline, options.runtime), options);
  } catch (thrown) {
    const { code } = DeepHealthError.from(thrown);
    const isLate = code === 'DH_DEADLINE_EXCEEDED' || deadline.remainingMs() <= reserveMs(deadline);
    return { card: { kind: isLate ? 'late' : 'failed' }, warnings: [], runs: [], code };
  }
}

async function found(
  wanted: RegionWanted,
  answer: runtimeV1.PredictResponse__Output,
  { regions, baseUrl, now }: RegionOptions,
): Promise<FoundRegion> {
  const { service, request, requestId, response, languages, binding } = wanted;
  const highlight = highlightOf(answer, service);
  const { explanation } = highlight;
  if (explanation?.deletion == null) throw broken('without what its own test found');
  const { deletion, target, score } = explanation;
  const outcome = outcomeOf(response, service.output);
  const shownScore = outcome.scores.get(target)?.value;
  if (shownScore === undefined || Math.abs(shownScore - score) > SAME_SCORE) throw broken('of another score');
  const { data = new Uint8Array(0), mediaType = '' } = wanted.input.image ?? {};
  const bytes = data as Uint8Array;
  const map = regionMap(highlight);
  const picture = browserPicture(bytes, mediaType, map);
  const offer = regions.offer();
  const page = regionPage({
    ...{ service, outcome, map, mediaType, until: offer.until },
    explanation: { ...explanation, deletion },
    overlay: await overlayPng(map),
    picture: picture === undefined ? undefined : `${offer.token}/picture`,
    computedAt: now(),
    language: languages[0] ?? 'en',
  });
  if (!regions.fits(page.byteLength + (picture?.bytes.byteLength ?? 0))) {
    throw new DeepHealthError('DH_MESSAGE_TOO_LARGE', 'The image is larger than all that is kept for links.');
  }
  const { manifest, packageSha256 } = service;
  const known = new Set(response.warnings.map(({ kind, field }) => `${kind} ${field}`));
  return {
    card: {
      kind: 'shown',
      link: {
        label: wordingIn(binding.label, languages),
        url: `${baseUrl}/regions/${offer.token}`,
        type: 'absolute',
      },
      until: offer.until,
      ...{ target, score: shownScore },
      deletion: {
        isBetterThanRandom: deletion.isBetterThanRandom,
        faithfulness: deletion.faithfulness,
        randomOrders: deletion.randomOrders,
      },
    },
    keep: {
      offer,
      region: {
        ...{ page, picture, serviceId: service.binding.id },
        ...{ patientId: request.context.patientId, requestId },
        model: `${manifest.name}/${manifest.version}/${packageSha256}`,
      },
    },
    warnings: answer.warnings.filter(({ kind, field }) => !known.has(`${kind} ${field}`)),
    runs: answer === response ? [] : [{ requestId: answer.requestId, provenance: answer.provenance }],
  };
}

/** The answer with the highlight: the first one, where the manifest says that there always is one. */
async function explained(
  { service, requestId, input, response }: RegionWanted,
  deadline: Deadline,
  runtime: RuntimeClient,
): Promise<runtimeV1.PredictResponse__Output> {
  const { name } = service.output;
  if (response.findings.some((finding) => finding.name === name && finding.highlight !== null)) return response;
  const reserved = reserveMs(deadline);
  const leftMs = deadline.remainingMs() - reserved;
  if (leftMs < LEAST_MS) throw tooLate();
  const question = { service, requestId, input, highlights: [name] };
  const answer = await within(leftMs, askModel(question, deadline, runtime, reserved));
  if (answer.provenance?.inputSha256 !== response.provenance?.inputSha256) throw broken('of another input');
  return answer;
}

/** The score leaves in time whatever the other side does, also where it does not keep the deadline that it was given. */
async function within<T>(ms: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(tooLate()), ms);
  });
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
}

const tooLate = () => new DeepHealthError('DH_DEADLINE_EXCEEDED', 'The region behind the score was not there in time.');

function highlightOf(
  { findings }: runtimeV1.PredictResponse__Output,
  { output }: CatalogService,
): runtimeV1.Map__Output {
  const highlight = findings.find(({ name }) => name === output.name)?.highlight;
  if (highlight == null) throw broken('without a region');
  return highlight;
}

function broken(what: string): DeepHealthError {
  return new DeepHealthError('DH_RESPONSE_INVALID', `The runtime answered ${what}. It is not shown.`);
}
