import { createHash } from 'node:crypto';

/** Light and dark, on screens and paper. Text and its ground are 4.5 to 1 or more apart in each. */
export const REPORT_STYLE = `
:root { color-scheme: light dark; --paper: #ffffff; --panel: #f4f6f8; --text: #1b1f24; --quiet: #545d68; --line: #d4d9de; --bad: #a2191f; --note: #fff4d6; --note-line: #b28600;
 --series-1: #0b5fa5; --series-2: #c44601; --series-3: #2a7f3f; --series-4: #8a3ffc; --series-5: #9f1853; --series-6: #6f5b00; --series-7: #007d79; }
@media (prefers-color-scheme: dark) { :root { --paper: #14171b; --panel: #1e2329; --text: #e8eaed; --quiet: #a7b0ba; --line: #3a424b; --bad: #ff8389; --note: #3a3112; --note-line: #d2a106;
 --series-1: #78b4f2; --series-2: #ff9d57; --series-3: #6fcf86; --series-4: #be95ff; --series-5: #ff7eb6; --series-6: #e3c75a; --series-7: #3ddbd9; } }
* { box-sizing: border-box; }
body { font: 16px/1.5 system-ui, sans-serif; background: var(--paper); color: var(--text); margin: 0; }
main, header, footer { max-width: 1180px; margin: 0 auto; padding: 0 1.25rem; }
a { color: var(--series-1); }
.skip { position: absolute; left: -99rem; } .skip:focus { left: 1rem; top: 1rem; background: var(--paper); padding: .5rem 1rem; }
h1 { font-size: 1.6rem; line-height: 1.25; margin: 1.5rem 0 .25rem; } h2 { font-size: 1.25rem; margin: 2.5rem 0 .75rem; border-bottom: 1px solid var(--line); padding-bottom: .25rem; } h3 { font-size: 1.05rem; margin: 1.5rem 0 .5rem; }
.quiet, caption { color: var(--quiet); font-size: .875rem; } .bad { color: var(--bad); font-weight: 600; }
.note { background: var(--note); border-left: 4px solid var(--note-line); padding: .6rem 1rem; margin: 1rem 0; }
.tiles { display: flex; flex-wrap: wrap; gap: .75rem; margin: 1rem 0; padding: 0; list-style: none; }
.tiles li { background: var(--panel); border: 1px solid var(--line); border-radius: 6px; padding: .6rem 1rem; min-width: 8rem; }
.tiles b { display: block; font-size: 1.5rem; line-height: 1.2; font-variant-numeric: tabular-nums; }
.plots { display: flex; flex-wrap: wrap; gap: 1.25rem; align-items: flex-start; }
figure { margin: 0; background: var(--panel); border: 1px solid var(--line); border-radius: 6px; padding: .75rem; max-width: 100%; break-inside: avoid; }
svg { max-width: 100%; height: auto; display: block; font: 12px system-ui, sans-serif; }
svg text:not([fill]) { fill: currentColor; } svg .title { font-size: 14px; font-weight: 600; } svg .axis { fill: var(--quiet); font-size: 11px; } svg .grid { stroke: var(--line); } svg .base { stroke: var(--quiet); } svg .threshold { stroke: var(--bad); stroke-width: 2; stroke-dasharray: 5 3; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; margin: .5rem 0; } caption { text-align: left; padding-bottom: .25rem; }
th, td { text-align: left; vertical-align: top; padding: .3rem 1.1rem .3rem 0; border-bottom: 1px solid var(--line); }
td { overflow-wrap: break-word; }
th { font-weight: 600; } td.number { font-variant-numeric: tabular-nums; white-space: pre; overflow-wrap: normal; }
code { font: .85em ui-monospace, monospace; overflow-wrap: anywhere; }
.sheet figure { padding: .5rem; } .sheet img { display: block; image-rendering: pixelated; width: 160px; height: auto; background: #000; } figcaption { font-size: .8rem; color: var(--quiet); padding-top: .35rem; }
.key { display: inline-block; width: .8em; height: .8em; border-radius: 2px; margin-right: .35em; }
footer { color: var(--quiet); font-size: .875rem; margin-top: 3rem; padding-bottom: 2rem; }
@media print { :root { --paper: #fff; --panel: #fff; --text: #000; --quiet: #444; --line: #bbb; --bad: #a2191f; --note: #fff;
 --series-1: #0b5fa5; --series-2: #c44601; --series-3: #2a7f3f; --series-4: #8a3ffc; --series-5: #9f1853; --series-6: #6f5b00; --series-7: #007d79; } body { font-size: 11pt; } .skip { display: none; } h2, h3 { break-after: avoid; } tr { break-inside: avoid; } }
`;

/** Nothing is loaded but pictures that stand in the page, and no style but the one above holds. */
export const REPORT_POLICY = `default-src 'none'; style-src 'sha256-${createHash('sha256').update(REPORT_STYLE).digest('base64')}'; img-src data:; base-uri 'none'; form-action 'none'`;
