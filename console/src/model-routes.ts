import type { runtimeV1 } from '@deephealth/proto';
import { DeepHealthError } from '@deephealth/sdk';
import type { ModelAnswer, ModelCheck, ModelsAnswer } from './api.js';
import { type ApiRoute, RawAnswer } from './api-route.js';
import type { ConsoleOptions, PackageContent } from './console-options.js';
import { toModelRow } from './model-row.js';
import { toProtoJson } from './proto-json.js';
import { API_HEADERS } from './security-headers.js';

export function modelRoutes({ packages }: ConsoleOptions): ApiRoute[] {
  const read = { method: 'GET', access: 'models.read' } as const;
  return [
    {
      ...read,
      path: 'models',
      async answer({ connection }): Promise<ModelsAnswer> {
        const { runtime, settings } = await connection();
        return { models: (await runtime.listModels('', settings)).map(toModelRow) };
      },
    },
    {
      ...read,
      path: 'models/{name}/{version}',
      async answer({ request, connection }) {
        const { runtime, settings } = await connection();
        const [name, version] = [request.param('name'), request.param('version')];
        const model = await runtime.getModel(name, version, settings);
        return toModelAnswer(model, await packages.read(name, version));
      },
    },
    {
      ...read,
      path: 'models/{name}/{version}/examples/{id}',
      async answer({ request, connection }) {
        const { runtime, settings } = await connection();
        const [name, version] = [request.param('name'), request.param('version')];
        // Whoever may not see the model is told so here, and a version that there is not is not looked for.
        await runtime.getModel(name, version, settings);
        const found = await packages.example(name, version, request.param('id'));
        if (found === undefined) {
          throw new DeepHealthError('DH_CONSOLE_ITEM_NOT_FOUND', 'The model has no example of this id.');
        }
        const { fileName, mediaType, bytes } = found;
        return new RawAnswer({
          status: 200,
          contentType: mediaType,
          body: [bytes],
          headers: {
            ...API_HEADERS,
            'content-disposition': `attachment; filename*=UTF-8''${encodeURIComponent(fileName)}`,
            'x-deephealth-file-name': encodeURIComponent(fileName),
          },
        });
      },
    },
  ];
}

function toModelAnswer(model: runtimeV1.ModelDescriptor__Output, content: PackageContent): ModelAnswer {
  const { manifestJson, ...descriptor } = model;
  const { verification, summary } = model;
  if (summary === null)
    throw new DeepHealthError('DH_RESPONSE_INVALID', 'The server described a model without a name.');
  return {
    summary: toModelRow(summary),
    descriptor: toProtoJson(descriptor),
    manifest: manifestJson === '' ? {} : (JSON.parse(manifestJson) as Record<string, unknown>),
    ...(content.card !== undefined && { card: content.card }),
    platforms: content.bindings,
    goldenCases: {
      count: verification?.goldenCases ?? 0,
      worstError: verification === null || verification.goldenCases === 0 ? null : verification.worstGoldenError,
    },
    checks: (verification?.checks ?? []).map(toCheck),
    examples: content.examples,
  };
}

function toCheck({ name, status, message, durationUs }: runtimeV1.VerificationCheck__Output): ModelCheck {
  return {
    ...{ name, message, durationMs: Number(durationUs) / 1000 },
    status: status.replace('CHECK_STATUS_', '') as ModelCheck['status'],
  };
}
