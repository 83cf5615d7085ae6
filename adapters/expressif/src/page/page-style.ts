import { createHash } from 'node:crypto';

export const STYLE = `
:root { color-scheme: light dark; --ink: #1a2230; --quiet: #566172; --line: #d6dbe3; --ground: #f3f5f8; --panel: #fff; --action: #14539a; --warn: #7a4a00; --warn-ground: #fff4df; --bad: #a3180f; --bad-ground: #fdecea; --bar: #2f7de1; }
@media (prefers-color-scheme: dark) { :root { --ink: #e8ebf0; --quiet: #a3adbb; --line: #363d48; --ground: #14181e; --panel: #1c2129; --action: #8ab8f0; --warn: #ffd58a; --warn-ground: #3a2e14; --bad: #ffb4ab; --bad-ground: #3d1a17; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--ink); font: 15px/1.5 system-ui, sans-serif; }
header, main, footer { max-width: 78rem; margin: 0 auto; padding: .75rem 1.25rem; }
header { display: flex; flex-wrap: wrap; gap: .25rem 1.25rem; align-items: baseline; }
h1 { font-size: 1.35rem; margin: 0; overflow-wrap: anywhere; }
h2 { font-size: 1.05rem; margin: 0 0 .6rem; }
h3 { font-size: .95rem; margin: 0 0 .4rem; overflow-wrap: anywhere; }
p { margin: .25rem 0; }
header p, .quiet { color: var(--quiet); overflow-wrap: anywhere; }
.badge { padding: .1rem .6rem; border: 1px solid currentcolor; border-radius: 1rem; background: var(--warn-ground); font-weight: 600; }
header .badge { color: var(--warn); }
section { margin: 0 0 1rem; padding: 1rem 1.1rem; border: 1px solid var(--line); border-radius: 8px; background: var(--panel); }
.results { display: flex; flex-wrap: wrap; gap: .5rem 2.5rem; margin: 0 0 .5rem; }
.results dt { color: var(--quiet); overflow-wrap: anywhere; }
.results dd { margin: 0; font-size: 1.6rem; font-weight: 650; font-variant-numeric: tabular-nums; }
.results dd small { display: block; font-size: .85rem; font-weight: 400; }
.none { color: var(--bad); }
.warn { color: var(--warn); }
.explanation { white-space: pre-line; max-width: 65rem; overflow-wrap: anywhere; }
.figures { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 21rem), 1fr)); gap: 1rem 1.5rem; }
.figures > * { min-width: 0; }
svg { display: block; max-width: 100%; height: auto; }
.field { display: grid; grid-template-columns: minmax(7rem, 8rem) 1fr; gap: .35rem .75rem; align-items: center; margin: 0 0 .5rem; }
.field.alone { grid-template-columns: auto; }
.choices { display: flex; flex-wrap: wrap; gap: .5rem 1.25rem; margin: 0 0 .75rem; }
.choices label { display: flex; gap: .5rem; align-items: center; }
input, select, button { font: inherit; color: inherit; }
input[type="number"], select { width: 100%; padding: .3rem .45rem; border: 1px solid var(--quiet); border-radius: 4px; background: var(--panel); }
.choices select { width: auto; max-width: 16rem; }
input[type="range"] { width: 100%; margin: 0; accent-color: var(--action); }
button { padding: .35rem .9rem; border: 1px solid var(--action); border-radius: 4px; color: var(--action); background: none; font-weight: 600; cursor: pointer; }
:focus-visible { outline: 2px solid var(--action); outline-offset: 2px; }
.heading { display: flex; flex-wrap: wrap; gap: 0 1.5rem; align-items: baseline; }
#status { margin: 0; font-weight: 600; }
[aria-busy="true"] .part { opacity: .45; transition: opacity .15s .15s; }
.stale .part { opacity: .35; }
.stale #status { padding: .3rem .7rem; color: var(--bad); background: var(--bad-ground); }
.scroll { overflow-x: auto; }
table { width: 100%; border-collapse: collapse; font-size: .9rem; }
th, td { padding: .3rem .6rem; border-bottom: 1px solid var(--line); text-align: left; vertical-align: top; }
th { color: var(--quiet); font-weight: 600; }
tbody th { color: inherit; font-weight: 400; font-variant-numeric: tabular-nums; }
td.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
td.bar { width: 9rem; min-width: 6rem; }
td.bar svg { width: 100%; height: 1.1rem; }
tr.fired td, tr.fired th { background: color-mix(in srgb, var(--bar) 9%, transparent); }
thead th::first-letter { text-transform: uppercase; }
.kind { white-space: nowrap; }
.scroll td:last-child:not(.number) { min-width: 15rem; }
code { font: .92em/1.45 ui-monospace, monospace; overflow-wrap: anywhere; }
.severity { font-weight: 650; white-space: nowrap; }
.severity.error { color: var(--bad); }
.severity.warning { color: var(--warn); }
details { margin: .4rem 0 0; }
summary { color: var(--action); cursor: pointer; }
footer { color: var(--quiet); font-size: .9rem; }
@media (prefers-reduced-motion: reduce) { * { transition: none !important; } }
@media print { body { background: #fff; } section { break-inside: avoid; } }
`;

/** What a Content-Security-Policy calls a text. */
export const digestOf = (text: string): string => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
