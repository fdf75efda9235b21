import { z } from 'zod';

/** What the helpers read of the original's answers; more may be there. */

export type Accounts = Readonly<Record<string, { readonly name?: string | null | undefined }>>;

export const accountsAnswer: z.ZodType<Accounts> = z.record(
  z.string(),
  z.object({ name: z.string().nullish() }),
);

export interface AnsweredEndpoint {
  readonly dest: string;
  readonly dest_port: number;
}

export const endpointsAnswer: z.ZodType<Record<string, AnsweredEndpoint[]>> = z.record(
  z.string(),
  z.array(z.object({ dest: z.string(), dest_port: z.int() })),
);

export interface AnsweredConnection extends AnsweredEndpoint {
  readonly source: string;
  readonly score: number;
}

export const connectionsAnswer: z.ZodType<Record<string, AnsweredConnection[]>> = z.record(
  z.string(),
  z.array(z.object({ source: z.string(), dest: z.string(), dest_port: z.int(), score: z.number() })),
);

export const accountConnectionsAnswer: z.ZodType<Record<string, { source: string; score: number }[]>> =
  z.record(z.string(), z.array(z.object({ source: z.string(), score: z.number() })));
