#!/usr/bin/env -S node --initial-old-space-size=256 --no-allocation-site-pretenuring
// The first flag: bytes of requests count as garbage of V8's heap, which starts small; at images, it
// would look through the whole heap some 25 times a second.
// The second: bytes of large requests make collections so frequent that objects of most requests under
// way outlive one. V8 then puts these straight into the old generation ("pretenuring"), where they
// hold their requests' bytes until a full collection, which it needs ten times a second.
import { runCli } from '../dist/index.js';

process.exitCode = await runCli(process.argv.slice(2));
