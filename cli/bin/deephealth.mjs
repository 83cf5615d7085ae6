#!/usr/bin/env -S node --initial-old-space-size=256
// The flag: bytes of requests count as garbage of V8's heap, which starts small; at images, it would
// look through the whole heap some 25 times a second.
import { runCli } from '../dist/index.js';

process.exitCode = await runCli(process.argv.slice(2));
