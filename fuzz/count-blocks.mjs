// Loaded before all else by a guided run: counting that begins late counts only what is compiled afterwards, and V8 of
// Node 20 ends the process where much is compiled already.
import { Session } from 'node:inspector';

const session = new Session();
session.connect();
session.post('Profiler.enable');
session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });
globalThis.deephealthBlockCounter = session;
