import type { ModelState, ModelVersion } from '../lifecycle/model-version.js';
import type { ModelStore } from '../store/model-store.js';
import type { AuditLog } from './audit-log.js';

/** Records every change of a version's state or package from now on. */
export function recordModelStates(store: Pick<ModelStore, 'on'>, audit: Pick<AuditLog, 'note'>): void {
  const known = new WeakMap<ModelVersion, { readonly state: ModelState; readonly packageSha256: string }>();
  store.on('change', (model) => {
    const { name, version, state, packageSha256 } = model;
    const before = known.get(model);
    // What happens beside that, as another host, is no change of what is served.
    if (before?.state === state && before.packageSha256 === packageSha256) return;
    known.set(model, { state, packageSha256 });
    audit.note({ kind: 'model-state', model: { name, version }, state, packageSha256, code: model.reason?.code });
  });
}
