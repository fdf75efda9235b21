// As engine-on-tcx.test.ts, attached and IPv6 decapsulated as on kernels before 6.3.
import './engine/on-old-kernels.js';
import './engine.test.js';
