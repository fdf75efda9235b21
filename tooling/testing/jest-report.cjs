// Writes one package's totals to NET_TEST_REPORTS, where the root's test script adds them up.
const { writeFileSync } = require('node:fs');
const { join } = require('node:path');

module.exports = class Report {
  onRunComplete(_contexts, results) {
    const folder = process.env.NET_TEST_REPORTS;
    if (!folder) return;
    const { numPassedTests, numFailedTests, numPendingTests, numTodoTests, numRuntimeErrorTestSuites } =
      results;
    const name = process.cwd().split('/').slice(-2).join('-');
    writeFileSync(
      join(folder, `${name}.json`),
      JSON.stringify({
        numPassedTests,
        numFailedTests,
        numPendingTests,
        numTodoTests,
        numRuntimeErrorTestSuites,
      }),
    );
  }
};
