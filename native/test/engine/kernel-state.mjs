// What is left under a directory, as JSON: kernel-state.mjs list|remove DIRECTORY.
import { listKernelState, removeKernelState } from '../../dist/index.js';

const [, , what, directory] = process.argv;
try {
  process.stdout.write(
    JSON.stringify(what === 'list' ? listKernelState(directory) : removeKernelState(directory)),
  );
} catch (error) {
  process.stdout.write(JSON.stringify({ failed: error.code, message: error.message }));
}
