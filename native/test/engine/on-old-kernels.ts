import { useDatapath } from './appliance.js';

useDatapath({ datapath: 'auto', kernelAttach: 'clsact-old-ipv6' });
