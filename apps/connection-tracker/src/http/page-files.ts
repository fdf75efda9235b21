import { fileURLToPath } from 'node:url';
import express, { type RequestHandler } from 'express';

/** The page's files, which have no data in them. From sources and from the built package alike: `page/` of the package. */
export function pageFiles(): RequestHandler {
  return express.static(fileURLToPath(new URL('../../page/', import.meta.url)), {
    cacheControl: false,
    setHeaders: (response) => response.setHeader('Cache-Control', 'no-cache'),
    dotfiles: 'ignore',
    extensions: false,
    index: 'index.html',
  });
}
