import { samplesInvalid } from './samples-invalid.js';

/** Names that a label goes by; anything else is asked for. */
const LABEL_NAMES = ['label', 'labels', 'class', 'target', 'outcome', 'diagnosis', 'truth', 'ground_truth', 'y'];
/** Names of what tells one row from another and is never an input. */
const ID_NAME = /^(id|index|row|unnamed: 0|(patient|subject|case|record|sample|study)[ _-]?id|mrn)?$/i;

/** The column of the truth: the one that was named, or the only one that has the name of a label. */
export function findLabelColumn(names: readonly string[], named: string | undefined): string | undefined {
  if (named !== undefined) {
    if (names.includes(named)) return named;
    const list = names.map((name) => `"${name}"`).join(', ');
    throw samplesInvalid(`The samples have no column "${named}" for the label. They have ${list}.`, { column: named });
  }
  const found = names.filter((name) => LABEL_NAMES.includes(name.toLowerCase()));
  return found.length === 1 ? found[0] : undefined;
}

/** Columns that are no inputs: those that were named, and those that have the name of an identifier. */
export function passedOver(names: readonly string[], ignored: readonly string[]): { ids: string[]; ignored: string[] } {
  const unknown = ignored.find((name) => !names.includes(name));
  if (unknown !== undefined)
    throw samplesInvalid(`The samples have no column "${unknown}" to pass over.`, { column: unknown });
  return { ignored: [...ignored], ids: names.filter((name) => ID_NAME.test(name) && !ignored.includes(name)) };
}
