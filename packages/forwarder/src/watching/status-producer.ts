import { type HrTime, ValueType } from '@opentelemetry/api';
import type { Resource } from '@opentelemetry/resources';
import {
  AggregationTemporality,
  type CollectionResult,
  type DataPoint,
  DataPointType,
  type MetricData,
  type MetricProducer,
} from '@opentelemetry/sdk-metrics';
import { type Metric, type MetricPoint, METRICS, type Snapshot } from './metric-catalogue.js';

/**
 * Gives the metrics of a status to OpenTelemetry's readers; the status is read once for each collection.
 *
 * Not through observable instruments: those go on to report the last value of a destination that is gone (they remember
 * every set of labels that they ever saw), and an alert on its waiting events would never end.
 */
export class StatusProducer implements MetricProducer {
  readonly #snapshot: () => Snapshot;
  readonly #resource: Resource;
  readonly #startedAt: HrTime;
  /** By name and labels. As many as the settings ever named. */
  readonly #totals = new Map<string, { last: number; before: number }>();

  constructor(snapshot: () => Snapshot, resource: Resource) {
    this.#snapshot = snapshot;
    this.#resource = resource;
    this.#startedAt = hrTime(snapshot().at);
  }

  collect(): Promise<CollectionResult> {
    const snapshot = this.#snapshot();
    const metrics = METRICS.map((metric) => this.#data(metric, snapshot)).filter(
      ({ dataPoints }) => dataPoints.length > 0,
    );
    const scopeMetrics = [{ scope: { name: '@grantex/forwarder', version: snapshot.status.version }, metrics }];
    return Promise.resolve({ resourceMetrics: { resource: this.#resource, scopeMetrics }, errors: [] });
  }

  #data(metric: Metric, snapshot: Snapshot): MetricData {
    const points = metric.points(snapshot);
    const endTime = hrTime(snapshot.at);
    const base = {
      // Units are words of the name: a unit as well would make exporters say it twice.
      descriptor: { name: metric.name, description: metric.help, unit: '', valueType: ValueType.DOUBLE },
      aggregationTemporality: AggregationTemporality.CUMULATIVE,
    };
    const dataPoints = points.map((point): DataPoint<number> => {
      const value = metric.kind === 'counter' ? this.#total(metric.name, point) : point.value;
      return { startTime: this.#startedAt, endTime, attributes: { ...point.labels }, value };
    });
    return metric.kind === 'counter'
      ? { ...base, dataPointType: DataPointType.SUM, isMonotonic: true, dataPoints }
      : { ...base, dataPointType: DataPointType.GAUGE, dataPoints };
  }

  /** A source or a destination that a reload has replaced counts from 0 again; what it had counted before is added. */
  #total(name: string, { labels, value }: MetricPoint): number {
    const key = JSON.stringify([name, ...Object.values(labels)]);
    const { last, before } = this.#totals.get(key) ?? { last: 0, before: 0 };
    const total = { last: value, before: value < last ? before + last : before };
    this.#totals.set(key, total);
    return total.before + total.last;
  }
}

function hrTime(ms: number): HrTime {
  return [Math.floor(ms / 1_000), Math.round((ms % 1_000) * 1e6)];
}
