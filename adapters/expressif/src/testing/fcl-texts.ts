/** The rule base of vital signs in the Fuzzy Control Language. */
export const FCL = `FUNCTION_BLOCK vitals
VAR_INPUT
  lactate : REAL;
  map : REAL;
END_VAR
VAR_OUTPUT
  risk : REAL;
END_VAR
FUZZIFY lactate
  TERM normal := (2, 1) (3, 0);
  TERM raised := (1, 0) (4, 1);
END_FUZZIFY
FUZZIFY map
  TERM low := (60, 1) (75, 0);
END_FUZZIFY
DEFUZZIFY risk
  TERM small := (0, 0) (20, 1) (40, 0);   TERM large := (60, 0) (80, 1) (100, 0);
  RANGE := (0 .. 100);
  METHOD : COG;
  DEFAULT := 7;
END_DEFUZZIFY
RULEBLOCK main
  AND : MIN;
  OR : MAX;
  ACT : MIN;
  ACCU : MAX;
  RULE 1 : IF lactate IS normal AND NOT map IS low THEN risk IS small;
  RULE 2 : IF lactate IS raised OR map IS low THEN risk IS large WITH 0.5;
END_RULEBLOCK
END_FUNCTION_BLOCK
`;

/** Three rules, two of which conclude the same singleton. */
export const TSK_FCL = `FUNCTION_BLOCK values
VAR_INPUT
  x : REAL;
END_VAR
VAR_OUTPUT
  y : REAL;
END_VAR
FUZZIFY x
  TERM up := (0, 0) (1, 1);
  TERM down := (0, 1) (1, 0);
  TERM middle := (0, 0) (0.5, 1) (1, 0);
END_FUZZIFY
DEFUZZIFY y
  TERM low := 1;   TERM high := 9;
  METHOD : COGS;
  DEFAULT := NC;
END_DEFUZZIFY
RULEBLOCK main
  ACCU : MAX;
  RULE 1 : IF x IS up THEN y IS low;
  RULE 2 : IF x IS down THEN y IS low;
  RULE 3 : IF x IS middle THEN y IS high;
END_RULEBLOCK
END_FUNCTION_BLOCK
`;

/** @param changes pairs of a part of the text and what stands in its place */
export function changed(text: string, changes: readonly (readonly [string, string])[]): string {
  return changes.reduce((result, [part, other]) => {
    if (!result.includes(part)) throw new Error(`the text holds no "${part}"`);
    return result.replace(part, () => other);
  }, text);
}
