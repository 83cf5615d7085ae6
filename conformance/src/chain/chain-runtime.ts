import type { runtimeV1 } from '@deephealth/proto';
import { type CallContext, DeepHealthError, tensorFromValues, tensorValues, toContractTensor } from '@deephealth/sdk';
import { rawTensor } from '../oracle/raw-tensor.js';
import type { ServedModel } from '../reference/served-model.js';
import { encodeMessage } from '../targets/channel-call.js';
import { type ObservedQuestion, SteeredRuntime } from '../targets/steered-runtime.js';
import { decodePicture, type GreyPicture } from '../tensors/named-picture.js';
import { CHAIN_MODELS, MASK_CLASSES, RECORDING, SAID } from './chain-models.js';
import { pictureKey, recordingKey, tableKey } from './chain-studies.js';
import { decodeDicom } from './decode-dicom.js';

/** An item of a run as it came to the runtime. */
export interface ObservedItem extends ObservedQuestion {
  /** Of the study that it is. */
  readonly key: string;
  readonly picture?: GreyPicture;
  readonly values?: readonly number[];
}

const NAMES: readonly string[] = Object.values(CHAIN_MODELS);

/** The runtime behind a service of chains. It can hold items until they are let go, and can be given another model. */
export class ChainRuntime extends SteeredRuntime<ObservedItem> {
  readonly #held = new Map<string, { readonly done: Promise<void>; release(): void }>();
  /** Of studies whose questions fail as if the runtime were about to end. */
  readonly #failing = new Set<string>();
  /** What is added to each dose of a model that was put in place of another. */
  #added = 0;

  isOfPlatform(model: string): boolean {
    return NAMES.includes(model);
  }

  seen({ inputs: [input] }: runtimeV1.PredictRequest__Output): Omit<ObservedItem, keyof ObservedQuestion> {
    try {
      if (input?.table) {
        const number = (name: string) => input.table?.values.find((value) => value.name === name)?.number ?? Number.NaN;
        return { key: tableKey(number('marker'), number('weight')), values: [number('marker'), number('weight')] };
      }
      if (input?.image) {
        const { mediaType, data } = input.image;
        const picture = mediaType === 'application/dicom' ? decodeDicom(data) : decodePicture(data);
        return { key: pictureKey(picture.values), picture };
      }
      if (input?.signal?.samples) {
        const values = tensorValues(rawTensor(input.signal.samples)).map(Number);
        return { key: recordingKey(values.reduce((sum, value) => sum + value, 0)), values };
      }
    } catch {
      // Said below.
    }
    throw new DeepHealthError('DH_MEDIA_UNREADABLE', 'The item is none that the suite can read.');
  }

  /** How often a study was asked about, since question number `from`. */
  countOf(key: string, from = 0): number {
    return this.questions.slice(from).filter((question) => question.key === key).length;
  }

  /** Questions about a study fail from now on as those of a runtime that ends, until the function is called. */
  failing(key: string): () => void {
    this.#failing.add(key);
    this.#held.get(key)?.release();
    return () => void this.#failing.delete(key);
  }

  /** Questions about these studies are not answered until they are released; all are in the end. */
  async holding<T>(keys: readonly string[], run: (release: (key: string) => void) => Promise<T>): Promise<T> {
    for (const key of keys) {
      let release: () => void = () => undefined;
      const done = new Promise<void>((resolve) => {
        release = resolve;
      });
      this.#held.set(key, { done, release });
    }
    const release = (key: string) => {
      this.#held.get(key)?.release();
      this.#held.delete(key);
    };
    try {
      return await run(release);
    } finally {
      for (const key of keys) release(key);
    }
  }

  /** Another package under the name and version of a model, until the function that it gives is called. */
  replace(name: string): () => void {
    const served = this.models.find(({ model }) => model.name === name) as { packageSha256: string };
    const before = served.packageSha256;
    served.packageSha256 = 'f'.repeat(64);
    this.#added = 1;
    return () => {
      served.packageSha256 = before;
      this.#added = 0;
    };
  }

  async answer(served: ServedModel, item: ObservedItem, context: CallContext): Promise<runtimeV1.PredictResponse> {
    const held = this.#held.get(item.key);
    if (held !== undefined) await Promise.race([held.done, ended(context.signal)]);
    if (this.#failing.has(item.key)) throw new DeepHealthError('DH_SERVER_STOPPING', 'The runtime is about to end.');
    if (context.signal.aborted) throw new DeepHealthError('DH_CANCELLED', 'The caller cancelled the call.');
    return {
      requestId: item.request.requestId,
      findings: [this.#found(served, item)],
      provenance: this.provenance(served),
      warnings: [{ kind: 'WARNING_KIND_RESEARCH_USE_ONLY', field: '', message: 'For research only.' }],
    };
  }

  #found({ model }: ServedModel, { picture, values = [] }: ObservedItem): runtimeV1.Finding {
    if (picture !== undefined) return masked(picture);
    if (model.name === CHAIN_MODELS.recording) {
      const level = values.reduce((sum, value) => sum + value, 0);
      return { name: SAID.level, regression: { values: [{ label: SAID.level, value: level, unit: RECORDING.unit }] } };
    }
    const [marker = 0, weight = 0] = values;
    if (!(marker >= 0 && marker <= 1_000_000 && weight > 0)) {
      throw new DeepHealthError('DH_VALUE_OUT_OF_RANGE', 'A value is outside what the model takes.');
    }
    return {
      name: SAID.dose,
      regression: { values: [{ label: SAID.dose, value: 2 * marker + 0.5 * weight + this.#added, unit: 'mg' }] },
    };
  }
}

function masked({ height, width, values }: GreyPicture): runtimeV1.Finding {
  return {
    name: SAID.mask,
    mask: {
      labels: toContractTensor(tensorFromValues('UINT8', [height, width], [...values])),
      grid: {
        ...{ size: [height, width], origin: [0, 0], spacing: [1, 1], direction: [0, 1, 1, 0] },
        ...{ unit: 'LENGTH_UNIT_PIXEL', convention: 'COORDINATE_CONVENTION_IMAGE' },
      },
      classes: Object.entries(MASK_CLASSES).map(([label, value]) => ({ label, value })),
      isMultilabel: false,
    },
  };
}

/** A question as text, in which what was planted would be seen. */
export function bytesOf({ request }: ObservedItem): string {
  return Buffer.from(encodeMessage('Predict', 'request', request)).toString('latin1');
}

function ended(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
