import { type ExportResult, ExportResultCode } from '@opentelemetry/core';
import type { ReadableSpan, SpanExporter } from '@opentelemetry/sdk-trace-base';

/**
 * An exporter whose failures end here: what could not be sent is lost, and nothing is thrown,
 * printed or handed on but `onFailing`, once for each time that exports begin to fail.
 */
export class QuietExporter implements SpanExporter {
  readonly #exporter: SpanExporter;
  readonly #onFailing: () => void;
  #isFailing = false;

  constructor(exporter: SpanExporter, onFailing: () => void) {
    this.#exporter = exporter;
    this.#onFailing = onFailing;
  }

  export(spans: ReadableSpan[], resultCallback: (result: ExportResult) => void): void {
    const done = (isSent: boolean) => {
      const failsNow = !isSent && !this.#isFailing;
      this.#isFailing = !isSent;
      if (failsNow) this.#onFailing();
      resultCallback({ code: ExportResultCode.SUCCESS });
    };
    try {
      this.#exporter.export(spans, ({ code }) => done(code === ExportResultCode.SUCCESS));
    } catch {
      done(false);
    }
  }

  async shutdown(): Promise<void> {
    await this.#exporter.shutdown().catch(() => undefined);
  }
}
