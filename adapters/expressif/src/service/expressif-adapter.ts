import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type ClientToken,
  createRuntimeClient,
  DeepHealthError,
  type PlatformFace,
  type RuntimeClient,
  sha256,
} from '@deephealth/sdk';
import { bindingInvalid } from '../bindings/parse-binding.js';
import { type PackagedRuleBase, type RulePackage, readRulePackage } from '../bindings/read-rule-package.js';
import type { RuleService } from '../decision/rule-service.js';
import { createLiveRuleBase } from '../live/live-rule-base.js';
import { DecisionService } from './decision-service.js';
import { createPlatformFace } from './platform-face.js';

/** What `createExpressifAdapter` takes. */
export interface ExpressifOptions {
  /** "host:port" of a runtime, or a client of it, which then is the caller's to close. */
  readonly runtime: string | RuntimeClient;
  /** The adapter's key or token towards the runtime, where `runtime` is an address. */
  readonly runtimeToken?: ClientToken;
  /** Package folders with bindings/expressif.json. */
  readonly packages: readonly string[];
  /** Keeps edits of rules over restarts; only this process may use it. Default: they last as long as the process. */
  readonly stateFolder?: string;
  /** Questions that are under way at most; more are refused. Default 64. */
  readonly maxInFlight?: number;
  /** Largest question, in bytes. Default 64 MiB, since it may hold an image. */
  readonly maxBodyBytes?: number;
  /** Clock, in ms since the epoch; for tests. */
  readonly now?: () => number;
  /** Hears the id of the rule base when a decision was made, and nothing of what was asked; must not throw. */
  readonly onDecided?: (id: string) => void;
}

/** Rule bases for a platform, in front of a runtime. */
export interface ExpressifAdapter {
  /** Ids of the rule bases: "<model>/<version>/<label>". */
  readonly bindingIds: readonly string[];
  /** Questions, and the rules behind them. */
  readonly decisions: DecisionService;
  /** For `serveContractFace`. */
  readonly platformFace: PlatformFace;
  /** Takes no more questions and waits for those that are under way. */
  close(): Promise<void>;
}

/**
 * Reads the packages and makes the adapter. The runtime need not be there yet.
 *
 * @throws what readRulePackage throws; DH_RULES_BINDING_INVALID for two rule bases of one id; for the state folder
 * what createLiveRuleBase throws
 */
export async function createExpressifAdapter(options: ExpressifOptions): Promise<ExpressifAdapter> {
  const services = new Map<string, RuleService>();
  for (const folder of options.packages) {
    const model = await readRulePackage(folder);
    for (const one of model.ruleBases) {
      const service = await toService(model, one, options);
      if (services.has(service.id)) {
        throw bindingInvalid(
          `Two packages have the rule base ${JSON.stringify(service.id)}. Serve one of them.`,
          '/ruleBases',
        );
      }
      services.set(service.id, service);
    }
  }
  if (services.size === 0) {
    throw new DeepHealthError('DH_CONFIG_INVALID', 'No package was named, so there are no rules to serve.', {
      details: { field: 'packages' },
    });
  }
  const { runtime } = options;
  const isOurs = typeof runtime === 'string';
  const client = isOurs
    ? createRuntimeClient({
        address: runtime,
        ...(options.runtimeToken !== undefined && { token: options.runtimeToken }),
        ...(options.maxBodyBytes === undefined ? {} : { maxMessageBytes: options.maxBodyBytes }),
      })
    : runtime;
  const decisions = new DecisionService({ services, client, ...options });
  return {
    bindingIds: [...services.keys()],
    decisions,
    platformFace: createPlatformFace(decisions, client),
    async close() {
      await decisions.close();
      if (isOurs) client.close();
    },
  };
}

async function toService(
  { manifest, packageSha256 }: RulePackage,
  { binding, knowledgeBase }: PackagedRuleBase,
  { stateFolder, now }: ExpressifOptions,
): Promise<RuleService> {
  const id = `${manifest.name}/${manifest.version}/${binding.label}`;
  const { outOfRange } = binding;
  if (stateFolder !== undefined) await mkdir(stateFolder, { recursive: true, mode: 0o700 });
  const rules = createLiveRuleBase(knowledgeBase, {
    clock: { now: now ?? Date.now },
    ...(outOfRange === undefined ? {} : { outOfRange }),
    // Edits are of the rules of one package: another package of the same name begins anew.
    ...(stateFolder === undefined
      ? {}
      : { journal: join(stateFolder, `rules-${sha256(Buffer.from(`${id} ${packageSha256}`)).slice(0, 32)}.jsonl`) }),
  });
  return { id, manifest, packageSha256, binding, rules };
}
