import { simulateRace } from '../dist/simulation/race.js';

/** The same seeds for every rule: the same failures, latencies and stale reads. */
export async function race(schedules) {
  const rules = {
    '16 claimants, known to each other': {},
    '16 claimants, not known': { knowsPeers: false },
    '16 claimants, clocks 500 ms apart': { skewMs: 250 },
    '16 claimants, slow API (400 ms)': { api: { latencyMs: 400, meanLagMs: 300 } },
    '1 claimant': { claimants: 1 },
    'original, 16 claimants': { rule: 'original' },
    'original, 1 claimant': { rule: 'original', claimants: 1 },
  };
  const table = {};
  for (const [name, options] of Object.entries(rules)) {
    const results = [];
    for (let seed = 1; seed <= schedules; seed++) results.push(await simulateRace({ seed, ...options }));
    const times = results.map(({ healedAfterMs }) => healedAfterMs ?? Infinity).sort((a, b) => a - b);
    const at = (share) => seconds(times[Math.min(times.length - 1, Math.floor(times.length * share))]);
    const calls = results.map(({ replaceCalls }) => replaceCalls);
    table[name] = {
      'median s': at(0.5),
      'p95 s': at(0.95),
      'p99 s': at(0.99),
      'worst s': at(1),
      'mean s': seconds(times.reduce((sum, ms) => sum + ms, 0) / times.length),
      ReplaceRoute: Number((calls.reduce((sum, count) => sum + count, 0) / calls.length).toFixed(3)),
      most: Math.max(...calls),
      healed: results.filter(({ isHealed }) => isHealed).length,
      'one owner': results.filter(({ isHealed, believers }) => isHealed && believers === 1).length,
    };
  }
  return table;
}

function seconds(ms) {
  return Number((ms / 1000).toFixed(2));
}
