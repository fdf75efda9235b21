import type { Route } from '../route.js';
import { connectionsRoute } from './connections.js';
import { detailRoutes } from './details.js';
import { graphRoute } from './graph.js';
import { overviewRoute } from './overview.js';
import { streamRoute } from './stream.js';

/** What this program answers beyond the original. */
export const v1Routes: readonly Route[] = [
  overviewRoute,
  connectionsRoute,
  ...detailRoutes,
  graphRoute,
  streamRoute,
];
