// The whole suite of the user-space engine, with the steady state in the kernel.
import './engine/on-tcx.js';
import './engine.test.js';
