export {
  accountGraphCommand,
  listConnectionsCommand,
  reportSuspiciousCommand,
  scanEndpointsCommand,
} from './commands.js';
export { type ListConnectionsOptions, type ListedConnection, listConnections } from './list-connections.js';
export { readAccountGraph } from './read-account-graph.js';
export { endpointUrl, type ScannedEndpoint, scanEndpoints, type ScanOptions } from './scan-endpoints.js';
export {
  clientToken,
  type TrackerClient,
  trackerClient,
  type TrackerClientOptions,
} from './tracker-client.js';
