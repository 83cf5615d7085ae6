export { EXIT } from './exit-codes.js';
export { type FindingLine, formatFinding } from './output/finding-lines.js';
export { formatTable, shortDigest } from './output/print.js';
export { runCli } from './run-cli.js';
