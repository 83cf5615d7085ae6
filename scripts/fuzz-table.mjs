const mib = (bytes) => (Math.max(0, bytes) / 2 ** 20).toFixed(1);

/** Outcomes of targets as a table in Markdown. */
export function outcomeTable(outcomes) {
  const rows = outcomes.map(({ parser, corpus, inputs, refused, slowestMs, ...more }) => {
    const { liveGrowthBytes, residentGrowthBytes, tookS, blocks, held } = more;
    const guided = blocks === undefined ? '' : ` ${blocks} blocks, ${held} inputs held |`;
    const share = Math.round((100 * refused) / Math.max(1, inputs));
    return `| ${parser} | ${corpus} | ${inputs} | ${share} % | ${Math.ceil(slowestMs)} | ${mib(liveGrowthBytes)} | ${mib(residentGrowthBytes)} | ${Math.round(tookS)} |${guided}\n`;
  });
  return `| target | sound inputs | inputs | refused | slowest, ms of the processor | live, MiB more | resident, MiB more | s |\n|---|---|---|---|---|---|---|---|\n${rows.join('')}`;
}
