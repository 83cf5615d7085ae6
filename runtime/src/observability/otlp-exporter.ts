import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import type { SpanExporter } from '@opentelemetry/sdk-trace-base';
import { EXPORT_TIMEOUT_MS } from './export-limits.js';

const TRACES_PATH = '/v1/traces';

/**
 * Sends spans as OTLP JSON over HTTP. `endpoint` is the base address of a collector, to which the
 * path of the protocol is added, or the full address that ends in it. Credentials belong into the
 * environment (OTEL_EXPORTER_OTLP_HEADERS), where no log and no configuration file shows them.
 */
export function createOtlpExporter(endpoint: string): SpanExporter {
  const url = new URL(endpoint);
  if (!url.pathname.endsWith(TRACES_PATH)) url.pathname = `${url.pathname.replace(/\/+$/, '')}${TRACES_PATH}`;
  return new OTLPTraceExporter({ url: url.href, timeoutMillis: EXPORT_TIMEOUT_MS });
}
