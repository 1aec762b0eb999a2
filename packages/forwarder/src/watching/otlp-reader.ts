import type { Logger } from '@grantex/core';
import {
  type MetricProducer,
  type MetricReader,
  PeriodicExportingMetricReader,
  type PushMetricExporter,
} from '@opentelemetry/sdk-metrics';
import type { MetricsSettings } from '../settings/settings.js';

/** Milliseconds for one export, its retries included: less than the end of the program has for the last one. */
const EXPORT_MS = 4_000;

/**
 * Sends the metrics of `producer` over OTLP at every interval. The exporter is loaded only here: most programs do
 * without.
 */
export async function otlpReader(
  { url, headers, intervalMs }: NonNullable<MetricsSettings['otlp']>,
  producer: MetricProducer,
  logger: Logger,
): Promise<MetricReader> {
  const { OTLPMetricExporter } = await import('@opentelemetry/exporter-metrics-otlp-proto');
  const timeoutMillis = Math.min(EXPORT_MS, intervalMs);
  const exporter = new OTLPMetricExporter({ url, headers: { ...headers }, timeoutMillis });
  return new PeriodicExportingMetricReader({
    exporter: tellingExporter(exporter, new URL(url).host, logger),
    exportIntervalMillis: intervalMs,
    exportTimeoutMillis: intervalMs,
    metricProducers: [producer],
  });
}

/** Says when exports begin to fail and when they succeed again; the reader says nothing. */
function tellingExporter(exporter: PushMetricExporter, host: string, logger: Logger): PushMetricExporter {
  let isFailing = false;
  return {
    export(metrics, onResult) {
      exporter.export(metrics, (result) => {
        const { error } = result;
        if (error !== undefined && !isFailing) {
          logger.warn(`metrics are not taken: ${error.message}`, { host, code: codeOf(error) });
        }
        if (error === undefined && isFailing) logger.info('metrics are taken again', { host });
        isFailing = error !== undefined;
        onResult(result);
      });
    },
    forceFlush: () => exporter.forceFlush(),
    shutdown: () => exporter.shutdown(),
  };
}

function codeOf(error: Error): string | number | undefined {
  const { code } = error as { readonly code?: unknown };
  return typeof code === 'string' || typeof code === 'number' ? code : undefined;
}
