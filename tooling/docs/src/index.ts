export { root, sourceFiles, textOf } from './repository.js';
export { type ActionUse, isPinned, workflowActions } from './workflow-actions.js';
