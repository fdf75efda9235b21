import { z } from 'zod';
import type { Connection } from '../../model/index.js';
import { integersText, integerText, nameSchema } from '../schemas.js';

/** Filters of connections; several must all hold. */
export const filterShape: {
  q: z.ZodOptional<z.ZodString>;
  source: z.ZodOptional<z.ZodString>;
  dest: z.ZodOptional<z.ZodString>;
  port: z.ZodOptional<ReturnType<typeof integersText>>;
  not_port: z.ZodOptional<ReturnType<typeof integersText>>;
  min_score: z.ZodOptional<ReturnType<typeof integerText>>;
} = {
  q: nameSchema.optional().meta({ description: 'In the name of source or destination, whatever the case' }),
  source: nameSchema
    .optional()
    .meta({ description: 'The name of the source; a * at the end: what begins so' }),
  dest: nameSchema
    .optional()
    .meta({ description: 'The name of the destination; a * at the end: what begins so' }),
  port: integersText(0, 65_535).optional().meta({ description: 'One of these ports of destinations' }),
  not_port: integersText(0, 65_535).optional().meta({ description: 'None of these ports of destinations' }),
  min_score: integerText(1, 1e15).optional().meta({ description: 'At least so many records' }),
};

export interface Filters {
  readonly q?: string | undefined;
  readonly source?: string | undefined;
  readonly dest?: string | undefined;
  readonly port?: readonly number[] | undefined;
  readonly not_port?: readonly number[] | undefined;
  readonly min_score?: number | undefined;
}

export function matcherOf(filters: Filters): (connection: Connection) => boolean {
  const q = filters.q?.toLowerCase();
  const isSource = nameMatcher(filters.source);
  const isDest = nameMatcher(filters.dest);
  const ports = filters.port && new Set(filters.port);
  const notPorts = new Set(filters.not_port);
  const minScore = filters.min_score ?? 0;
  return ({ source, dest, destPort, score }) =>
    score >= minScore &&
    (ports === undefined || ports.has(destPort)) &&
    !notPorts.has(destPort) &&
    isSource(source) &&
    isDest(dest) &&
    (q === undefined || source.toLowerCase().includes(q) || dest.toLowerCase().includes(q));
}

function nameMatcher(pattern: string | undefined): (name: string) => boolean {
  if (pattern === undefined) return () => true;
  if (!pattern.endsWith('*')) return (name) => name === pattern;
  const start = pattern.slice(0, -1);
  return (name) => name.startsWith(start);
}
