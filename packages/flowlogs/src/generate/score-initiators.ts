import type { LogFormat } from '../format/log-format.js';
import { type Rule, rules } from '../meaning/evidence.js';
import { evidenceColumns } from '../meaning/flow-cells.js';
import { type OrientOptions, Orienter } from '../meaning/orienter.js';
import { printLine } from '../record/print-line.js';
import { ColumnScanner } from '../scan/column-scanner.js';
import { type GenerateOptions, generateRecords } from './generate.js';

/** How often a rule decided, and how often it was right. */
export interface RuleScore {
  readonly rule: Rule;
  readonly records: number;
  readonly right: number;
}

/** What came of comparing answers with the generator's truth. */
export interface InitiatorScore {
  readonly connections: number;
  readonly records: number;
  readonly right: number;
  /** Rules that decided at all, strongest first. */
  readonly rules: readonly RuleScore[];
  /** Records and right answers by kind of connection. */
  readonly kinds: Readonly<Record<string, { readonly records: number; readonly right: number }>>;
}

/**
 * Generates traffic, writes it as text of a format, reads it back through the scanner and the ladder in one pass, and
 * compares who opened each record's connection with the truth.
 */
export function scoreInitiators(
  format: LogFormat,
  options: GenerateOptions = {},
  orientOptions: OrientOptions = {},
): InitiatorScore {
  const orienter = new Orienter(orientOptions);
  const scanner = new ColumnScanner({ columns: evidenceColumns, format, batchRows });
  const decided = new Float64Array(rules.length);
  const right = new Float64Array(rules.length);
  const kinds: Record<string, { records: number; right: number }> = {};
  let truths: { isFromClient: boolean; kind: string }[] = [];
  let text = '';
  const answer = (): void => {
    let at = 0;
    const take = (batch: Parameters<Parameters<ColumnScanner['end']>[0]>[0]): void => {
      const { initiators, decidedBy } = orienter.orientBatch(batch);
      for (let row = 0; row < batch.rows; row++) {
        const { isFromClient, kind } = truths[at++]!;
        const isRight = initiators[row] === (isFromClient ? 1 : 2);
        const score = (kinds[kind] ??= { records: 0, right: 0 });
        score.records++;
        decided[decidedBy[row]!]!++;
        if (!isRight) continue;
        score.right++;
        right[decidedBy[row]!]!++;
      }
    };
    scanner.write(Buffer.from(text), take);
    scanner.flush(take);
    truths = [];
    text = '';
  };
  for (const { record, truth } of generateRecords(options)) {
    text += `${printLine(record, format, { version: format.version })}\n`;
    if (truth === undefined) continue;
    truths.push({ isFromClient: truth.isFromClient, kind: truth.connection.kind });
    if (truths.length === batchRows) answer();
  }
  answer();
  const sum = (counts: Float64Array): number => counts.reduce((total, count) => total + count, 0);
  return {
    connections: options.connections ?? 1000,
    records: sum(decided),
    right: sum(right),
    rules: rules
      .map((rule, index) => ({ rule, records: decided[index]!, right: right[index]! }))
      .filter((score) => score.records > 0),
    kinds,
  };
}

const batchRows = 8192;
