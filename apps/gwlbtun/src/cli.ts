import { app } from './app.js';
import { main } from '@net/cli';

await main(app);
