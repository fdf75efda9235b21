import type { z } from 'zod';
import { HttpProblem } from './problem.js';

/** The values of a part of a request. @throws HttpProblem 400 that names what is wrong, with no value in it */
export function validate(
  schema: z.ZodObject,
  values: unknown,
  part: 'path' | 'query',
): Record<string, unknown> {
  const { success, data, error } = schema.safeParse(values);
  if (success) return data;
  const words = error.issues.slice(0, 5).map((issue) => {
    if (issue.code === 'unrecognized_keys') return 'unknown parameter';
    return `${issue.path.map(String).join('.')}: ${issue.message}`;
  });
  throw new HttpProblem(400, `Bad ${part}: ${words.join('; ')}`);
}
