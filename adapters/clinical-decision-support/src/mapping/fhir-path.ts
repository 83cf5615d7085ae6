import fhirpath from 'fhirpath';
import r4 from 'fhirpath/fhir-context/r4';

type Evaluate = (resource: unknown) => readonly unknown[];

/** Expressions come from packages, which are few; parsing one takes longer than evaluating it. */
const compiled = new Map<string, Evaluate>();

/** A FHIRPath expression for R4 as a function from a resource to what it gives. Throws if it cannot be read. */
export function compileFhirPath(expression: string): Evaluate {
  const known = compiled.get(expression);
  if (known !== undefined) return known;
  const evaluate = fhirpath.compile(expression, r4, { async: false });
  // The library notes types in what it is given; a copy keeps the request as it was sent.
  const made: Evaluate = (resource) => evaluate(structuredClone(resource)) as unknown[];
  compiled.set(expression, made);
  return made;
}
