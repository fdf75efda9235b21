export { type DemoEvent, planDemo, runDemo } from './stage.js';
export { createWorld, type World, worldAddresses, type WorldEni, worldEnis } from './world.js';
