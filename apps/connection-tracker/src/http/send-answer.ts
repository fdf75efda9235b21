import type { Request, Response } from 'express';
import type { Answer } from './route.js';

/** Writes an answer, no faster than the caller reads; 304 when the caller has it already. */
export async function sendAnswer(
  request: Request,
  response: Response,
  answer: Answer,
  signal: AbortSignal,
): Promise<void> {
  response.setHeader(
    'Cache-Control',
    answer.kind === 'text' && answer.isLive === true ? 'no-store' : 'private, no-cache',
  );
  if (answer.kind === 'json' && answer.version === undefined) {
    // Express makes the ETag of the bytes.
    response.json(answer.value);
    return;
  }
  if (answer.version !== undefined) {
    response.setHeader('ETag', `W/"${answer.version}"`);
    response.setHeader('Vary', 'Accept');
    if (request.fresh) {
      response.status(304).end();
      return;
    }
  }
  if (answer.kind === 'json') {
    response.json(answer.value);
    return;
  }
  response.setHeader('Content-Type', `${answer.contentType}; charset=utf-8`);
  if (answer.fileName !== undefined) {
    response.setHeader('Content-Disposition', `attachment; filename="${answer.fileName}"`);
  }
  if (request.method === 'HEAD') {
    response.end();
    return;
  }
  if (answer.isLive === true) {
    response.setHeader('X-Accel-Buffering', 'no');
    response.flushHeaders();
  }
  const drained = drainsOf(response, signal);
  for await (const chunk of answer.chunks) {
    if (chunk === '') continue;
    if (!response.write(chunk)) await drained();
    signal.throwIfAborted();
  }
  response.end();
}

/**
 * Waits until the caller has read, or the signal is aborted. One listener for the whole answer: `compression` gives each
 * to a stream of its own and never takes one back.
 */
function drainsOf(response: Response, signal: AbortSignal): () => Promise<void> {
  let goOn: () => void = () => undefined;
  response.on('drain', () => goOn());
  signal.addEventListener('abort', () => goOn(), { once: true });
  return () =>
    new Promise((resolve) => {
      if (signal.aborted) resolve();
      else goOn = resolve;
    });
}
