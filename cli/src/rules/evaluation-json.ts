import type { Evaluation, OutputEvaluation } from '@deephealth/adapter-expressif';

/** An evaluation for programs: no number is NaN. */
export function evaluationJson({ outputs, rules, clamped }: Evaluation) {
  return {
    outputs: Object.fromEntries([...outputs].map(([name, output]) => [name, outputJson(output)])),
    rules: rules.map(({ rule, degree, fired }) => ({ rule, ...(Number.isNaN(degree) ? {} : { degree }), fired })),
    clamped,
  };
}

function outputJson({ name: _, degrees, ...rest }: OutputEvaluation) {
  return { ...rest, degrees: Object.fromEntries(degrees) };
}

/** An output in a cell of a table. */
export function outputText(output: OutputEvaluation): string {
  if (output.status === 'determinate') {
    const value = Number(output.value.toPrecision(6)).toString();
    return output.source === 'rules' ? value : `${value} (${output.source}: no rule fired)`;
  }
  const about = [output.variable, output.rule && `rule ${output.rule}`].filter(Boolean).join(', ');
  return `indeterminate: ${output.reason}${about === '' ? '' : ` (${about})`}`;
}
