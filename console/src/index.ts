// For programs that serve the console.

export type * from './api.js';
export type {
  AuditQuery,
  ConsoleConnection,
  ConsoleOptions,
  ConsoleSources,
  ExampleContent,
  FileReader,
  PackageContent,
  PackageContents,
  PageQuery,
  ReadFile,
  SentFile,
} from './console-options.js';
export type { ConsoleRequest, ConsoleResponse, ConsoleRoute } from './console-route.js';
export { consoleRoutes } from './console-routes.js';
