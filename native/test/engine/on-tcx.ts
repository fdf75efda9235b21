import { useDatapath } from './appliance.js';

useDatapath({ datapath: 'auto', kernelAttach: 'tcx' });
