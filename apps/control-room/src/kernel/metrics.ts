import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

/** What one answered HTTP request leaves behind. */
export interface HttpObservation {
  /** the operation's declared name, such as `create-queue`; never a path, whose ids would make a series each */
  readonly operation: string;
  readonly method: string;
  readonly status: number;
  readonly seconds: number;
}

export interface Metrics {
  observeHttp(observation: HttpObservation): void;
  /** A number that only grows. The name gets the prefix `signalbox_`; asking twice for one name gives the same. */
  counter<Label extends string = never>(name: string, help: string, labels?: readonly Label[]): Counter<Label>;
  /** A number that goes up and down. With `collect` it is read anew at each rendering. */
  gauge<Label extends string = never>(
    name: string,
    help: string,
    labels?: readonly Label[],
    collect?: (gauge: Gauge<Label>) => void | Promise<void>,
  ): Gauge<Label>;
  /** A distribution, in seconds unless `buckets` says otherwise. */
  histogram<Label extends string = never>(
    name: string,
    help: string,
    labels?: readonly Label[],
    buckets?: readonly number[],
  ): Histogram<Label>;
  /** All of it in the text format of Prometheus. */
  render(): Promise<{ contentType: string; text: string }>;
}

// From a claim that rides in a batch (a few milliseconds) to the slowest upload somebody waits for.
const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

/** Metrics with a registry of their own, so that two servers in one process (as in tests) do not share numbers. */
export function createMetrics(): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  /** Putting the labels of a series together takes longer than counting. */
  const answered = new Map<string, Histogram.Internal<string>>();
  const known = new Map<string, Counter<string> | Gauge<string> | Histogram<string>>();

  const once = <M extends Counter<string> | Gauge<string> | Histogram<string>>(
    name: string,
    kind: abstract new (...parameters: never[]) => M,
    make: (fullName: string) => M,
  ): M => {
    const fullName = `signalbox_${name}`;
    const existing = known.get(fullName);
    if (existing === undefined) {
      const made = make(fullName);
      known.set(fullName, made);
      return made;
    }
    if (existing instanceof kind) return existing;
    throw new Error(`The metric ${fullName} is already there, as something else.`);
  };

  const metrics: Metrics = {
    observeHttp: ({ operation, method, status, seconds }) => {
      const key = `${operation} ${method} ${status}`;
      let series = answered.get(key);
      if (series === undefined) {
        series = requests.labels({ operation, method, status: String(status) });
        answered.set(key, series);
      }
      series.observe(seconds);
    },
    counter: (name, help, labels = []) =>
      once(
        name,
        Counter<string>,
        (fullName) => new Counter({ name: fullName, help, labelNames: [...labels], registers: [registry] }),
      ),
    gauge: (name, help, labels = [], collect) =>
      once(name, Gauge<string>, (fullName) => {
        const gauge: Gauge<string> = new Gauge({
          name: fullName,
          help,
          labelNames: [...labels],
          registers: [registry],
          ...(collect && { collect: () => collect(gauge) }),
        });
        return gauge;
      }),
    histogram: (name, help, labels = [], buckets = SECONDS) =>
      once(
        name,
        Histogram<string>,
        (fullName) =>
          new Histogram({
            name: fullName,
            help,
            labelNames: [...labels],
            buckets: [...buckets],
            registers: [registry],
          }),
      ),
    render: async () => ({ contentType: registry.contentType, text: await registry.metrics() }),
  };

  const requests = metrics.histogram('http_request_duration_seconds', 'Time from the first byte to the answer.', [
    'operation',
    'method',
    'status',
  ]);
  return metrics;
}
