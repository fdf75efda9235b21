// Who opened the connection: answers of the ladder against the generator's truth, as tables.
// Usage: node bench/initiators.js [connections] [seed]
import { allFieldsFormat, defaultFormat, LogFormat } from '../dist/index.js';
import { scoreInitiators } from '../dist/generate/score-initiators.js';

const connections = Number(process.argv[2] ?? 1_000_000);
const seed = Number(process.argv[3] ?? 1);
const v5 = LogFormat.fromFields(
  allFieldsFormat.fields.filter((field) => field.version <= 5).map((field) => field.name),
);
const percent = (part, whole) => `${((100 * part) / whole).toFixed(3)} %`;

for (const [name, format] of [
  ['v5 fields', v5],
  ['v2 fields only', defaultFormat],
]) {
  const started = performance.now();
  const score = scoreInitiators(format, {
    connections,
    seed,
    interfaces: 200,
    clients: 50_000,
    connectionsPerSecond: 500,
  });
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  console.log(
    `\n${name}: ${score.connections} connections, ${score.records} records, ${percent(score.right, score.records)} right (${seconds} s with generating)`,
  );
  console.table(
    Object.fromEntries(
      score.rules.map(({ rule, records, right }) => [
        rule,
        { records, share: percent(records, score.records), right: percent(right, records) },
      ]),
    ),
  );
  console.table(
    Object.fromEntries(
      Object.entries(score.kinds).map(([kind, { records, right }]) => [
        kind,
        { records, right: percent(right, records) },
      ]),
    ),
  );
}
