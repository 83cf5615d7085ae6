/** Of the report: readable on a phone, in print, by day and by night. Nothing is loaded from elsewhere. */
export const HTML_STYLE = `
:root { color-scheme: light dark; --line: #d0d7de; --dim: #57606a; --bad: #cf222e; --good: #1a7f37; --some: #9a6700; --soft: #f6f8fa; }
@media (prefers-color-scheme: dark) { :root { --line: #3d444d; --dim: #9198a1; --bad: #f85149; --good: #3fb950; --some: #d29922; --soft: #151b23; } }
* { box-sizing: border-box; }
body { overflow-wrap: anywhere; font: 15px/1.5 system-ui, sans-serif; max-width: 64rem; margin: 0 auto; padding: 1.5rem 1rem 3rem; }
h1 { font-size: 1.4rem; line-height: 1.25; margin: 0 0 1rem; } h2 { font-size: 1.1rem; margin: 2.2rem 0 .6rem; }
p { margin: .4rem 0; }
.verdict { color: #fff; border-radius: .4rem; padding: .7rem 1rem; font-size: 1.25rem; font-weight: 600; }
.verdict small { display: block; font-size: .85rem; font-weight: 400; }
.conformant { background: #1a7f37; } .partial { background: #9a6700; } .non-conformant { background: #cf222e; } .error { background: #57606a; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .2rem 1rem; margin: 1rem 0; } dt { color: var(--dim); } dd { margin: 0; }
table { border-collapse: collapse; width: 100%; } th, td { text-align: left; padding: .35rem .6rem .35rem 0; border-bottom: 1px solid var(--line); vertical-align: top; }
th { overflow-wrap: normal; color: var(--dim); font-weight: 500; } .number { text-align: right; } .id { white-space: nowrap; }
.bar { display: block; min-width: 5rem; height: .6rem; margin-top: .45rem; border-radius: .3rem; background: var(--line); overflow: hidden; }
.bar span { display: block; height: 100%; background: var(--good); } .bar.short { background: var(--bad); } .bar.warned { background: var(--some); }
.bad { color: var(--bad); font-weight: 600; } .good { color: var(--good); } .some { color: var(--some); font-weight: 600; } .dim { color: var(--dim); }
code, pre { font: 13px/1.45 ui-monospace, monospace; } pre { background: var(--soft); border-radius: .3rem; padding: .5rem .7rem; white-space: pre-wrap; margin: .4rem 0; }
.card { border: 1px solid var(--line); border-left: .3rem solid var(--bad); border-radius: .3rem; padding: .5rem .8rem; margin: .6rem 0; break-inside: avoid; }
.card.warn { border-left-color: var(--some); }
details { border-bottom: 1px solid var(--line); padding: .3rem 0; } summary { cursor: pointer; }
ul { margin: .3rem 0 .6rem; padding-left: 1.2rem; color: var(--dim); }
@media (max-width: 40rem) {
  dl { grid-template-columns: 1fr; gap: 0; } dd { margin-bottom: .5rem; }
  table.wide thead { display: none; } table.wide tr { display: block; border-bottom: 1px solid var(--line); padding: .4rem 0; } table.wide td { display: block; border: 0; padding: 0; }
}
@media print {
  body { max-width: none; font-size: 10pt; padding: 0; } h2 { break-after: avoid; } tr, details { break-inside: avoid; }
  .verdict, .bar, .bar span { -webkit-print-color-adjust: exact; print-color-adjust: exact; }
}`;
