export { app, runApp } from './app.js';
export { armRollback, confirmPending, runWatchdog, takeBack, type WatchdogCommand } from './confirm.js';
export { markOf, nftBody } from './connmark.js';
export { desiredState } from './desired.js';
export { diagnose, examineHost, type Finding, type Symptoms } from './doctor.js';
export { EniRoutingError, type EniRoutingErrorCode } from './errors.js';
export { explainPath, type Explanation } from './explain.js';
export { type HeldPlan, planHoldingBack, type RemovalHistory } from './hold-back.js';
export { defaultStateDirectory, type FactsReader, type Host } from './host.js';
export { type EniFacts, type HostFacts, kernelFacts } from './host-facts.js';
export { install, type InstallOptions, uninstall } from './install.js';
export { type Gateway, type InterfaceSurvey, type ManagedInterface, surveyInterfaces } from './interfaces.js';
export {
  hasLeftovers,
  importOriginal,
  type ImportPlan,
  type OriginalState,
  planImport,
  readOriginal,
} from './original.js';
export { type PendingChange, readPending } from './pending.js';
export {
  flush,
  readHost,
  type Reading,
  reconcile,
  type ReconcileOptions,
  type ReconcileResult,
  type RemovalPolicy,
} from './reconcile.js';
export { initScript, networkdDropIn, type ServiceOptions, systemdUnit } from './service-files.js';
export {
  checkSettings,
  defaultSettings,
  nftTableName,
  ownershipOf,
  prioritiesOf,
  type Settings,
} from './settings.js';
export { createFactsReader, type SourceName, type SourceOptions } from './sources/choose.js';
export { parseFacts, readFactsFile } from './sources/file.js';
export { type MetadataReader, readImdsFacts } from './sources/imds.js';
export { createMetadataReader, type MetadataOptions } from './sources/metadata.js';
export { type HostStatus, readStatus } from './status.js';
export { removeTableNames, writeTableNames } from './table-names.js';
export { watchHost, type WatchHostOptions, type WatchReport } from './watch-host.js';
