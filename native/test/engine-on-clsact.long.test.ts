// As engine-on-tcx.test.ts, attached as on kernels before 6.6.
import './engine/on-clsact.js';
import './engine.test.js';
