import { describe, expect, test } from '@jest/globals';
import { propertyOptions } from '@net/testing';
import fc from 'fast-check';
import { addProcessMetrics, createMetrics } from '../../src/index.js';

describe('metrics', () => {
  test('counters, gauges, histograms and collected samples are rendered', () => {
    const metrics = createMetrics();
    const routes = metrics.counter({ name: 'routes_claimed_total', help: 'Routes\nclaimed \\o/' });
    routes.inc({ table: 'a"b\\c\nd' });
    routes.inc({ table: 'x' }, 2);
    metrics.gauge({ name: 'owners', help: 'Owners' }).set(-1.5);
    const seconds = metrics.histogram({ name: 'call_seconds', help: 'Calls', buckets: [0.1, 1] });
    for (const value of [0.1, 0.5, 7]) seconds.observe(value, { op: 'Get' });
    metrics.collected({
      name: 'lanes',
      help: 'Lanes',
      type: 'gauge',
      collect: () => [{ labels: { lane: 0 }, value: Infinity }],
    });
    expect(metrics.render()).toContain(
      [
        String.raw`# HELP routes_claimed_total Routes\nclaimed \\o/`,
        '# TYPE routes_claimed_total counter',
        String.raw`routes_claimed_total{table="a\"b\\c\nd"} 1`,
        'routes_claimed_total{table="x"} 2',
        '# HELP owners Owners',
        '# TYPE owners gauge',
        'owners -1.5',
        '# HELP call_seconds Calls',
        '# TYPE call_seconds histogram',
        'call_seconds_bucket{op="Get",le="0.1"} 1',
        'call_seconds_bucket{op="Get",le="1"} 2',
        'call_seconds_bucket{op="Get",le="+Inf"} 3',
        'call_seconds_sum{op="Get"} 7.6',
        'call_seconds_count{op="Get"} 3',
        '# HELP lanes Lanes',
        '# TYPE lanes gauge',
        'lanes{lane="0"} +Inf',
      ].join('\n'),
    );
    expect(routes.value({ table: 'x' })).toBe(2);
  });

  test('a counter cannot go back, names must be names and unique', () => {
    const metrics = createMetrics();
    const counter = metrics.counter({ name: 'a_total', help: '' });
    expect(() => counter.inc({}, -1)).toThrow(RangeError);
    expect(() => counter.inc({}, Number.NaN)).toThrow(RangeError);
    expect(() => metrics.gauge({ name: 'a_total', help: '' })).toThrow(/twice/);
    expect(() => metrics.gauge({ name: '1a', help: '' })).toThrow(TypeError);
  });

  test('labels from outside cannot fill the memory; what is dropped is counted', () => {
    const metrics = createMetrics({ mostSeries: 10 });
    const counter = metrics.counter({ name: 'a_total', help: '' });
    for (let i = 0; i < 100; i++) counter.inc({ source: i });
    const text = metrics.render();
    expect(text.match(/^a_total\{/gm)).toHaveLength(10);
    expect(text).toContain('metrics_series_dropped_total 90\n');
  });

  test('every label value survives on one line', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (value) => {
        const metrics = createMetrics();
        metrics.gauge({ name: 'g', help: '' }).set(1, { value });
        const line = metrics
          .render()
          .split('\n')
          .find((l) => l.startsWith('g{'));
        const quoted = /^g\{value="((?:[^"\\]|\\["\\n])*)"\} 1$/s.exec(line ?? '')?.[1] ?? 'no match';
        const read = quoted.replaceAll(/\\(["\\n])/g, (_, c: string) => (c === 'n' ? '\n' : c));
        expect(read).toBe(value);
      }),
      propertyOptions(300),
    );
  });

  test('the process describes itself', () => {
    const metrics = createMetrics();
    addProcessMetrics(metrics);
    expect(metrics.render()).toMatch(/^process_resident_memory_bytes [1-9]\d+$/m);
  });
});
