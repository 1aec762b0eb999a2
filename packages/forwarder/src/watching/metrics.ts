import { randomUUID } from 'node:crypto';
import { type Clock, type Logger, systemClock } from '@grantex/core';
import { PrometheusExporter, PrometheusSerializer } from '@opentelemetry/exporter-prometheus';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { type IMetricReader, MeterProvider } from '@opentelemetry/sdk-metrics';
import type { MetricsSettings } from '../settings/settings.js';
import { otlpReader } from './otlp-reader.js';
import { ProcessMonitor } from './process-figures.js';
import type { ForwarderStatus } from './status.js';
import { StatusProducer } from './status-producer.js';

export interface ForwarderMetricsOptions {
  /** Read once for each collection. */
  readonly status: () => ForwarderStatus;
  readonly settings: MetricsSettings;
  readonly logger: Logger;
  /** @defaultValue the machine's clock */
  readonly clock?: Pick<Clock, 'now'>;
}

/** A last export at the end gets so long. */
const LAST_EXPORT_MS = 5_000;

/** The figures of a status and of the process, for Prometheus to fetch, and sent over OTLP when that is configured. */
export class ForwarderMetrics {
  readonly #logger: Logger;
  readonly #monitor: ProcessMonitor;
  readonly #prometheus: PrometheusExporter;
  readonly #provider: MeterProvider;
  /** Without the labels and the series that OpenTelemetry adds: they would be the same on every line. */
  readonly #serializer = new PrometheusSerializer(undefined, false, undefined, true, true);

  private constructor(
    logger: Logger,
    monitor: ProcessMonitor,
    prometheus: PrometheusExporter,
    provider: MeterProvider,
  ) {
    this.#logger = logger;
    this.#monitor = monitor;
    this.#prometheus = prometheus;
    this.#provider = provider;
  }

  static async start(options: ForwarderMetricsOptions): Promise<ForwarderMetrics> {
    const { status, settings, logger, clock = systemClock } = options;
    const monitor = new ProcessMonitor();
    const resource = resourceFromAttributes({
      'service.name': 'grantex-forwarder',
      'service.version': status().version,
      'service.instance.id': randomUUID(),
    });
    const snapshot = () => ({ status: status(), process: monitor.read(), at: clock.now() });
    const producer = new StatusProducer(snapshot, resource);
    // Only asked, by text(): our own server serves what it gives.
    const prometheus = new PrometheusExporter({ preventServerStart: true, metricProducers: [producer] });
    const readers: IMetricReader[] = [prometheus];
    if (settings.otlp !== undefined) readers.push(await otlpReader(settings.otlp, producer, logger));
    return new ForwarderMetrics(logger, monitor, prometheus, new MeterProvider({ resource, readers }));
  }

  /** In Prometheus's text format. */
  async text(): Promise<string> {
    const { resourceMetrics } = await this.#prometheus.collect();
    return this.#serializer.serialize(resourceMetrics);
  }

  /** Sends the last figures, for five seconds at most. Never rejects. */
  async close(): Promise<void> {
    await this.#provider.shutdown({ timeoutMillis: LAST_EXPORT_MS }).catch((error: unknown) => {
      this.#logger.warn(`the last metrics were not sent: ${error instanceof Error ? error.message : String(error)}`);
    });
    this.#monitor.close();
  }
}
