import type { ServerConfig } from './server-config.js';

/** A configuration of which any part may be unsaid, as flags are. */
export type ConfigOverrides = Unsaid<ServerConfig>;

type Unsaid<Setting> = Setting extends object
  ? Setting extends readonly unknown[]
    ? Setting
    : { readonly [Name in keyof Setting]?: Unsaid<Setting[Name]> | undefined }
  : Setting;

const SECTIONS = ['isolation', 'listen', 'repository', 'limits', 'tracing', 'trust', 'log', 'audit'] as const;

/**
 * A configuration in which `winning` stands wherever it says something, setting by setting. Lists
 * and settings by model are taken whole. Settings of a repository mode that has been overruled go
 * with it.
 */
export function mergeConfig(base: ServerConfig, winning: ConfigOverrides): ServerConfig {
  const merged: Record<string, unknown> = { ...base, ...stated(winning) };
  for (const section of SECTIONS) {
    if (base[section] === undefined && winning[section] === undefined) continue;
    merged[section] = { ...base[section], ...stated(winning[section] ?? {}) };
  }
  const mode = winning.repository?.mode;
  if (mode !== undefined && mode !== base.repository?.mode) merged.repository = stated(winning.repository ?? {});
  return merged as ServerConfig;
}

function stated(settings: object): object {
  return Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined));
}
