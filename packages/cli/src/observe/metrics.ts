import { type Labels, type Sample, formatMetric } from './exposition.js';

/** A number that only grows. */
export interface Counter {
  /** Adds `by`, which must not be negative (RangeError). Default 1. */
  inc(labels?: Labels, by?: number): void;
  value(labels?: Labels): number;
}

/** A number that goes up and down. */
export interface Gauge {
  set(value: number, labels?: Labels): void;
  add(by: number, labels?: Labels): void;
  value(labels?: Labels): number;
}

/** Counts of observations by size. */
export interface Histogram {
  observe(value: number, labels?: Labels): void;
}

export interface MetricWords {
  /** Name by the conventions of Prometheus: unit in the name, `_total` for counters. */
  readonly name: string;
  readonly help: string;
}

/** Samples read at the moment of a scrape: a number, or numbers with their labels. */
export type Collect = () => number | readonly Sample[];

/** A registry of metrics that writes the Prometheus text format 0.0.4. */
export interface Metrics {
  counter(words: MetricWords): Counter;
  gauge(words: MetricWords): Gauge;
  /** `buckets` are upper bounds, rising, without +Inf. */
  histogram(words: MetricWords & { readonly buckets?: readonly number[] }): Histogram;
  /** A metric whose samples somebody else keeps. */
  collected(words: MetricWords & { readonly type: 'counter' | 'gauge'; readonly collect: Collect }): void;
  render(): string;
}

/** Upper bounds in seconds that suit network calls. */
const defaultBuckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/**
 * Makes an empty registry. Each metric keeps at most `mostSeries` combinations of labels; updates of further ones
 * are counted in `metrics_series_dropped_total` and otherwise ignored, so that labels from outside cannot fill
 * the memory. Throws a TypeError for malformed and repeated names.
 */
export function createMetrics(options: { readonly mostSeries?: number } = {}): Metrics {
  const mostSeries = options.mostSeries ?? 1000;
  const rendered = new Map<string, () => string>();
  let dropped = 0;
  const register = (words: MetricWords, type: string, samples: () => readonly Sample[]): void => {
    if (!/^[a-zA-Z_:][a-zA-Z0-9_:]*$/.test(words.name))
      throw new TypeError(`${words.name} is not a metric name`);
    if (rendered.has(words.name)) throw new TypeError(`the metric ${words.name} is declared twice`);
    rendered.set(words.name, () => formatMetric(words.name, words.help, type, samples()));
  };
  const series = <T>(make: () => T): Series<T> => {
    const all = new Map<string, { readonly labels: Labels; readonly state: T }>();
    return {
      all: () => [...all.values()],
      find: (labels) => all.get(keyOf(labels))?.state,
      take: (labels) => {
        const key = keyOf(labels);
        const found = all.get(key);
        if (found) return found.state;
        if (all.size >= mostSeries) {
          dropped++;
          return undefined;
        }
        const state = make();
        all.set(key, { labels, state });
        return state;
      },
    };
  };
  const metrics: Metrics = {
    counter: (words) => {
      const cells = series(() => ({ value: 0 }));
      register(words, 'counter', () => valuesOf(cells));
      return {
        inc: (labels = {}, by = 1) => {
          if (!(by >= 0)) throw new RangeError(`the counter ${words.name} cannot change by ${by}`);
          const cell = cells.take(labels);
          if (cell) cell.value += by;
        },
        value: (labels = {}) => cells.find(labels)?.value ?? 0,
      };
    },
    gauge: (words) => {
      const cells = series(() => ({ value: 0 }));
      register(words, 'gauge', () => valuesOf(cells));
      const change = (labels: Labels, to: (before: number) => number): void => {
        const cell = cells.take(labels);
        if (cell) cell.value = to(cell.value);
      };
      return {
        set: (value, labels = {}) => change(labels, () => value),
        add: (by, labels = {}) => change(labels, (before) => before + by),
        value: (labels = {}) => cells.find(labels)?.value ?? 0,
      };
    },
    histogram: (words) => {
      const bounds = words.buckets ?? defaultBuckets;
      if (bounds.some((bound, i) => i > 0 && !(bound > (bounds[i - 1] ?? 0)))) {
        throw new TypeError(`the buckets of ${words.name} do not rise`);
      }
      const cells = series(() => ({ counts: bounds.map(() => 0), count: 0, sum: 0 }));
      register(words, 'histogram', () =>
        cells.all().flatMap(({ labels, state }) => histogramSamples(bounds, labels, state)),
      );
      return {
        observe: (value, labels = {}) => {
          const cell = cells.take(labels);
          if (!cell) return;
          cell.count++;
          cell.sum += value;
          const index = bounds.findIndex((bound) => value <= bound);
          if (index >= 0) cell.counts[index] = (cell.counts[index] ?? 0) + 1;
        },
      };
    },
    collected: (words) => {
      register(words, words.type, () => {
        const given = words.collect();
        return typeof given === 'number' ? [{ labels: {}, value: given }] : given;
      });
    },
    render: () => [...rendered.values()].map((render) => render()).join(''),
  };
  metrics.collected({
    name: 'metrics_series_dropped_total',
    help: 'Updates ignored because their metric has too many combinations of labels',
    type: 'counter',
    collect: () => dropped,
  });
  return metrics;
}

/** Adds what every daemon shows about its own process. */
export function addProcessMetrics(metrics: Metrics): void {
  const startSeconds = Math.round(Date.now() / 1000 - process.uptime());
  const own = (name: string, help: string, type: 'counter' | 'gauge', collect: () => number): void => {
    metrics.collected({ name, help, type, collect });
  };
  own('process_start_time_seconds', 'Start of the process, seconds since 1970', 'gauge', () => startSeconds);
  own('process_resident_memory_bytes', 'Resident memory', 'gauge', () => process.memoryUsage.rss());
  own('process_cpu_seconds_total', 'Processor time used', 'counter', () => {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1e6;
  });
}

interface Series<T> {
  all(): { readonly labels: Labels; readonly state: T }[];
  find(labels: Labels): T | undefined;
  /** Finds or makes; `undefined` when there are too many. */
  take(labels: Labels): T | undefined;
}

function keyOf(labels: Labels): string {
  return JSON.stringify(Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function valuesOf(cells: Series<{ readonly value: number }>): Sample[] {
  return cells.all().map(({ labels, state }) => ({ labels, value: state.value }));
}

function histogramSamples(
  bounds: readonly number[],
  labels: Labels,
  state: { readonly counts: readonly number[]; readonly count: number; readonly sum: number },
): Sample[] {
  let below = 0;
  const buckets = bounds.map((bound, i): Sample => {
    below += state.counts[i] ?? 0;
    return { suffix: '_bucket', labels: { ...labels, le: String(bound) }, value: below };
  });
  return [
    ...buckets,
    { suffix: '_bucket', labels: { ...labels, le: '+Inf' }, value: state.count },
    { suffix: '_sum', labels, value: state.sum },
    { suffix: '_count', labels, value: state.count },
  ];
}
