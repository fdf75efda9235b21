// The same troubles, longer: what depends on NET_TEST_LONG is in the suite itself.
import './chaos.test.js';
