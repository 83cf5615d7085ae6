import { readFileSync } from 'node:fs';
import { NotJudged } from '../run/case-result.js';
import { OIP_MODELS } from './oip-models.js';

/** A model of the suite as a target serves it. */
export interface TargetModel {
  readonly name: string;
  /** Empty for the one that the target chooses. */
  readonly version: string;
  /** The target's names of inputs and outputs, where they are others than the suite's. */
  readonly inputs: Readonly<Record<string, string>>;
  readonly outputs: Readonly<Record<string, string>>;
}

/** What a target of profile `oip` is, beside its gRPC address. */
export interface OipTarget {
  /** `http://host:port`; undefined if only gRPC is to be judged. */
  readonly http?: string;
  /** Models of the suite that it serves, by the suite's names. */
  readonly models: ReadonlyMap<string, TargetModel>;
}

/** How the target serves a model of the suite. Throws NotJudged if it does not. */
export function targetModel({ models }: OipTarget, suiteName: string): TargetModel {
  const model = models.get(suiteName);
  if (model === undefined) throw new NotJudged('notApplicable', `the target does not serve ${suiteName}`);
  return model;
}

/** Every model of the suite under its own name. */
export function ownNames(names: readonly string[] = OIP_MODELS.map(({ name }) => name)): Map<string, TargetModel> {
  return new Map(names.map((name) => [name, { name, version: '', inputs: {}, outputs: {} }]));
}

/** The address of an HTTP face as a URL without a path. Throws Error saying what is wrong. */
export function httpOrigin(address: string): string {
  const text = /^https?:\/\//.test(address) ? address : `http://${address}`;
  if (!URL.canParse(text)) throw new Error(`"${address}" is no address of HTTP: give host:port or http://host:port`);
  return new URL(text).origin;
}

/**
 * Reads `--models-map`: `{"models": {"conformance-matmul": {"name": "…", "version": "…", "inputs": {"a": "…"}}}}`,
 * all but the model's name in it optional. What it does not name, the target does not serve.
 * Throws Error naming the file and what is wrong.
 */
export function readModelsMap(file: string): Map<string, TargetModel> {
  const wrong = (what: string) => new Error(`${file}: ${what}`);
  let document: unknown;
  try {
    document = JSON.parse(readFileSync(file, 'utf8'));
  } catch (cause) {
    throw wrong((cause as Error).message);
  }
  const models = isRecord(document) ? document.models : undefined;
  if (!isRecord(models)) throw wrong('an object "models" is needed');
  const known = new Map(OIP_MODELS.map(({ name, graph }) => [name, graph]));
  return new Map(
    Object.entries(models).map(([suiteName, entry]) => {
      const graph = known.get(suiteName);
      if (graph === undefined) throw wrong(`the suite has no model "${suiteName}"`);
      if (!isRecord(entry)) throw wrong(`"${suiteName}" must be an object`);
      const { name = suiteName, version = '', inputs = {}, outputs = {}, ...others } = entry;
      const [stranger] = Object.keys(others);
      if (stranger !== undefined) throw wrong(`"${suiteName}" has a field "${stranger}" that is not known`);
      if (typeof name !== 'string' || typeof version !== 'string') {
        throw wrong(`name and version of "${suiteName}" must be texts`);
      }
      const renamed = (what: 'inputs' | 'outputs', names: unknown): Record<string, string> => {
        const isOfModel = (key: string) => graph[what].some((tensor) => tensor.name === key);
        if (!isRecord(names) || !Object.values(names).every((one) => typeof one === 'string')) {
          throw wrong(`${what} of "${suiteName}" must give a text for each name`);
        }
        const unknown = Object.keys(names).find((key) => !isOfModel(key));
        if (unknown !== undefined) throw wrong(`"${suiteName}" has no "${unknown}" among its ${what}`);
        return names as Record<string, string>;
      };
      return [
        suiteName,
        { name, version, inputs: renamed('inputs', inputs), outputs: renamed('outputs', outputs) },
      ] as const;
    }),
  );
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
