import { z } from 'zod';
import { dayStartMs } from '../model/index.js';

/** Parts of requests and answers, with the words that the API's description shows. */

export const noParams: z.ZodObject = z.strictObject({});

export const daySchema: z.ZodString = z
  .string()
  .regex(/^\d{4}-\d{2}-\d{2}$/, 'expected YYYY-MM-DD')
  .refine((day) => dayStartMs(day) !== undefined, 'no such day')
  .meta({ format: 'date', description: 'UTC day, YYYY-MM-DD' });

export const accountIdSchema: z.ZodString = z
  .string()
  .max(64)
  .regex(/^[0-9]+$/, 'expected digits');

export const regionSchema: z.ZodString = z
  .string()
  .max(64)
  .regex(/^[a-z0-9-]+$/, 'expected lower-case letters, digits and hyphens');

export const nameSchema: z.ZodString = z.string().min(1).max(2_048);

/** A whole number given as text. */
export function integerText(
  min: number,
  max: number,
): z.ZodPipe<z.ZodString, z.ZodTransform<number, string>> {
  return z
    .string()
    .regex(/^\d{1,15}$/, 'expected a whole number')
    .refine((text) => Number(text) >= min && Number(text) <= max, `expected ${min} to ${max}`)
    .meta({ description: `${min} to ${max}` })
    .transform(Number);
}

/** Numbers given as text with commas between. */
export function integersText(
  min: number,
  max: number,
): z.ZodPipe<z.ZodString, z.ZodTransform<number[], string>> {
  const isIn = (part: string): boolean =>
    /^\d{1,15}$/.test(part) && Number(part) >= min && Number(part) <= max;
  return z
    .string()
    .max(1_024)
    .refine(
      (text) => text.split(',').every(isIn),
      `expected numbers from ${min} to ${max} with commas between`,
    )
    .transform((text) => text.split(',').map(Number));
}

export const connectionSchema: z.ZodObject<{
  source: z.ZodString;
  dest: z.ZodString;
  dest_port: z.ZodInt;
  score: z.ZodNumber;
}> = z.object({
  source: z.string(),
  dest: z.string(),
  dest_port: z.int().min(0).max(65_535),
  score: z.number().meta({ description: 'Flow-log records that show it' }),
});
