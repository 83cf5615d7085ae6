import { escapeHtml } from '@deephealth/sdk';
import { durationText } from './duration-text.js';
import { type PlatformTimeline, STAGES, type Timeline } from './stage-record.js';
import { timelineSvg } from './timeline-svg.js';
import { stageCells } from './timeline-text.js';

/** One HTML file with everything in it: no script, nothing loaded from anywhere; light and dark as the reader has it. */
export function renderTimelinePage(timelines: readonly Timeline[]): string {
  const title = 'Time to model in production';
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${title}</title>
<style>${STYLE}</style>
</head>
<body>
<main>
<h1>${title}</h1>
<p class="quiet">From the begin of the first stage of a model version to the moment when it is bound to a platform, judged conformant there, and has answered through the platform's own face. Machine time is the time that programs worked; a human step is one command that a person started, or one question that a person answered. Research software: no claim of clinical validation.</p>
${timelines.length === 0 ? '<p>Nothing is recorded yet.</p>' : timelines.map(section).join('\n')}
</main>
</body>
</html>
`;
}

function section(timeline: Timeline): string {
  const { name, version, startedAt, modelSha256, stages, platforms } = timeline;
  const start = Date.parse(startedAt);
  const used = STAGES.filter((one) => stages.some(({ stage }) => stage === one));
  const legend = used.map((one) => `<li><i class="s${STAGES.indexOf(one)}"></i>${one}</li>`).join('');
  const hasFailed = stages.some(({ outcome }) => outcome === 'failed');
  return `<section>
<h2>${escapeHtml(name)} <span class="quiet">${escapeHtml(version)}</span></h2>
<p class="quiet">Begun ${escapeHtml(startedAt)}${modelSha256 === '' ? '' : `, graph <code>${escapeHtml(modelSha256.slice(0, 12))}</code>`}.</p>
<ul class="cards">${platforms.map(card).join('')}</ul>
<div class="wide" tabindex="0" role="group" aria-label="Timeline">${timelineSvg(timeline)}</div>
<ul class="legend">${legend}${hasFailed ? '<li><i class="failed"></i>failed</li>' : ''}<li><b>1</b>human steps</li></ul>
<details><summary>All ${stages.length} stages</summary>
<div class="wide" tabindex="0" role="group" aria-label="Stages">${table(
    ['stage', 'platform', 'after', 'machine', 'human steps', 'result', ''],
    stages.map((one) => stageCells(one, start)),
  )}</div></details>
</section>`;
}

function card({ platform, isInProduction, ttmipSeconds, machineSeconds, humanSteps }: PlatformTimeline): string {
  const time = ttmipSeconds === undefined ? 'not in production' : durationText(ttmipSeconds);
  return `<li class="${isInProduction ? 'yes' : 'no'}"><h3>${platform}</h3><strong>${time}</strong>
<span class="quiet">${durationText(machineSeconds)} machine, ${humanSteps} human ${humanSteps === 1 ? 'step' : 'steps'}</span></li>`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const cells = (row: readonly string[]) => row.map((cell) => `<td>${escapeHtml(cell)}</td>`).join('');
  return `<table><thead><tr>${head.map((name) => `<th scope="col">${escapeHtml(name)}</th>`).join('')}</tr></thead>
<tbody>${rows.map((row) => `<tr>${cells(row)}</tr>`).join('\n')}</tbody></table>`;
}

const STYLE = `
:root { --ground: #fbfbfa; --ink: #1c2126; --quiet: #59626b; --rule: #d9dcdf; --card: #ffffff; --pause: #e9ebed; --yes: #1d6f42; --no: #8a5a00; --bad: #a2191f;
--s0: #4c5d73; --s1: #2f6f9f; --s2: #2a8c82; --s3: #7a8b2f; --s4: #b07c1f; --s5: #a35a86; --s6: #5b4fa3; }
@media (prefers-color-scheme: dark) { :root { --ground: #14181c; --ink: #e8eaec; --quiet: #a3acb5; --rule: #343b42; --card: #1b2026; --pause: #252b31; --yes: #63c08d; --no: #e0b252; --bad: #ff8389;
--s0: #8fa3bd; --s1: #6db3e2; --s2: #5cc7ba; --s3: #b5c75e; --s4: #e3ad51; --s5: #db93bf; --s6: #a49aeb; } }
body { margin: 0; background: var(--ground); color: var(--ink); font: 15px/1.5 system-ui, sans-serif; }
main { max-width: 1120px; margin: 0 auto; padding: 2rem 1.25rem 3rem; }
h1 { font-size: 1.6rem; margin: 0 0 0.5rem; } h2 { font-size: 1.2rem; margin: 2.5rem 0 0; } h3 { font-size: 0.85rem; font-weight: 600; margin: 0; overflow-wrap: anywhere; }
p { max-width: 70ch; margin: 0.25rem 0 1rem; } .quiet { color: var(--quiet); font-size: 0.85rem; }
.cards { list-style: none; display: grid; grid-template-columns: repeat(auto-fill, minmax(12.5rem, 1fr)); gap: 0.75rem; padding: 0; margin: 0 0 1.25rem; }
.cards li { background: var(--card); border: 1px solid var(--rule); border-top: 3px solid var(--yes); border-radius: 4px; padding: 0.6rem 0.8rem; display: flex; flex-direction: column; }
.cards li.no { border-top-color: var(--no); } .cards .no strong { font-size: 1rem; } .cards strong { font-size: 1.25rem; font-variant-numeric: tabular-nums; }
.wide { overflow-x: auto; } svg { display: block; font: 12px system-ui, sans-serif; } svg text { fill: var(--ink); }
svg .row { font-size: 13px; } svg .quiet { fill: var(--quiet); font-size: 11px; } svg .rule { stroke: var(--rule); }
svg .pause { fill: var(--pause); } svg .scale { fill: none; stroke: var(--quiet); } svg .person { fill: var(--ink); } svg .count { fill: var(--ground); font-size: 11px; font-weight: 600; }
${STAGES.map((_, index) => `svg .s${index} { fill: var(--s${index}); } .legend .s${index} { background: var(--s${index}); }`).join('\n')}
svg .failed { fill: none; stroke: var(--bad); stroke-width: 2; } .legend .failed { border: 2px solid var(--bad); box-sizing: border-box; }
.legend { list-style: none; display: flex; flex-wrap: wrap; gap: 0.3rem 1.1rem; padding: 0; margin: 0.5rem 0 1rem; font-size: 0.85rem; }
.legend li { display: flex; align-items: center; gap: 0.4rem; } .legend i { width: 0.9rem; height: 0.9rem; border-radius: 2px; }
.legend b { width: 1.1rem; height: 1.1rem; border-radius: 50%; background: var(--ink); color: var(--ground); font-size: 0.7rem; display: grid; place-items: center; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; } th, td { text-align: left; padding: 0.25rem 1rem 0.25rem 0; border-bottom: 1px solid var(--rule); white-space: nowrap; }
th { font-weight: 600; } summary { cursor: pointer; } details { margin-top: 0.5rem; }
:focus-visible { outline: 2px solid var(--s1); outline-offset: 2px; }
@media print { :root { color-scheme: light; } }
`;
