import { createHash } from 'node:crypto';
import type { Device, DocumentReference, Identifier } from 'fhir/r4.js';
import type { CatalogService } from '../service/service-catalog.js';
import { AI_DEVICE_TYPE, AI_MODEL_CARD, AI_MODEL_CARD_MARKDOWN } from './code-systems.js';

/** Names one build of a model: a model that was trained anew is another device, whatever version it calls itself. */
export function modelIdentifier({ manifest, packageSha256 }: CatalogService, baseUrl: string): Identifier {
  return { system: `${baseUrl}/models`, value: `${manifest.name}/${manifest.version}/${packageSha256}` };
}

/** The model as a Device, in the shape of AI-Device. */
export function modelDevice(service: CatalogService, baseUrl: string): Device {
  const { manifest, packageSha256, modelCardUrl } = service;
  return {
    resourceType: 'Device',
    identifier: [modelIdentifier(service, baseUrl)],
    status: 'active',
    ...(manifest.producer === undefined ? {} : { manufacturer: manifest.producer }),
    deviceName: [{ name: manifest.title, type: 'user-friendly-name' }],
    modelNumber: manifest.name,
    type: { coding: [AI_DEVICE_TYPE] },
    version: [
      { type: { text: 'version' }, value: manifest.version },
      { type: { text: 'package SHA-256' }, value: packageSha256 },
    ],
    url: modelCardUrl,
    note: [
      { text: `Intended use: ${manifest.intendedUse}` },
      ...manifest.limitations.map((text) => ({ text: `Limitation: ${text}` })),
    ],
    ...(manifest.researchUseOnly ? { safety: [{ text: 'For research only; not validated for clinical use.' }] } : {}),
  };
}

/** The model card as a DocumentReference, in the shape of AI-ModelCard; with its text, which then outlives this service. */
export function modelCardReference(service: CatalogService, modelCard: string, baseUrl: string): DocumentReference {
  const bytes = Buffer.from(modelCard);
  return {
    resourceType: 'DocumentReference',
    identifier: [{ ...modelIdentifier(service, baseUrl), system: `${baseUrl}/model-cards` }],
    status: 'current',
    type: { coding: [AI_MODEL_CARD] },
    category: [{ coding: [AI_MODEL_CARD_MARKDOWN] }],
    description: `Model card of ${service.manifest.title}, ${service.manifest.version}`,
    content: [
      {
        attachment: {
          contentType: 'text/markdown',
          data: bytes.toString('base64'),
          url: service.modelCardUrl,
          size: bytes.byteLength,
          // FHIR R4 allows SHA-1 only; what is relied on is the digest of the package.
          hash: createHash('sha1').update(bytes).digest('base64'),
        },
      },
    ],
  };
}
