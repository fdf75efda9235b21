export { type EndpointKind, type Inventory, type PublicInterface, destinationLabel } from './inventory.js';
export { type InventoryHistory, createInventoryHistory } from './inventory-history.js';
export { type InventoryRequest, readInventory } from './read-inventory.js';
