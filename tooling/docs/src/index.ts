export { root, sourceFiles, textOf } from './repository.js';
export { type ActionUse, isPinned, workflowActions } from './workflow-actions.js';
export { type PromqlReading, readPromql } from './promql.js';
export { documentedFamilies, exposedFamilies, familyOf } from './metric-families.js';
export { directive, readUnitFile, type UnitFile } from './unit-file.js';
