#!/usr/bin/env -S node --initial-old-space-size=80 --no-allocation-site-pretenuring
// The second flag: bytes of large requests make collections so frequent that objects of most requests
// under way outlive one. V8 then puts these straight into the old generation ("pretenuring"), where they
// hold their requests' bytes until a full collection, which it needs ten times a second.
// The first: V8's heap starts small, and would be looked through as a whole again and again; but the
// more has gathered, the longer the server stands still meanwhile (at 256 MB 140 ms, at 64 MB 40 ms).
import { runCli } from '../dist/index.js';

// Whoever reads it may have seen enough, as `head` has: that is no fault, and a server goes on.
process.stdout.on('error', (error) => {
  if (error.code !== 'EPIPE') throw error;
});
process.exitCode = await runCli(process.argv.slice(2));
