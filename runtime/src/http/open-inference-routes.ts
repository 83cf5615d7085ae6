import type { OpenInference } from '../open-inference/open-inference.js';
import { modelRoutes } from './model-routes.js';
import { repositoryRoutes } from './repository-routes.js';
import type { Route } from './route.js';
import { serverRoutes } from './server-routes.js';
import { settingsRoutes } from './settings-routes.js';
import { sharedMemoryRoutes } from './shared-memory-routes.js';

/** The HTTP/REST face of the Open Inference Protocol with Triton's extensions. */
export function openInferenceRoutes(oip: OpenInference): Route[] {
  return [
    ...serverRoutes(oip),
    ...modelRoutes(oip),
    ...repositoryRoutes(oip),
    ...sharedMemoryRoutes(oip),
    ...settingsRoutes(oip),
  ];
}
