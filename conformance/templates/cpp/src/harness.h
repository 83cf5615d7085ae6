#pragma once

// Starts the runtime in this process and steers it, as the suite says on standard input: one JSON object
// a line, each with an id that the answer repeats; docs/conformance/harness.md.
int RunHarness();
