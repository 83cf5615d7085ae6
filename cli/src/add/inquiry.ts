import type { Certainty, Inference } from './add-plan.js';
import { type Answers, type AnswerValue, answersInvalid, checkedAnswer, type Question } from './questions.js';

/** Collects what is inferred, what was answered and what is still to be asked, so that nothing is taken in silence. */
export class Inquiry {
  private readonly inferred = new Map<string, Inference>();
  private readonly asked = new Map<string, Question>();
  private readonly used = new Set<string>();

  constructor(private readonly answers: Answers) {}

  /** Notes what nobody has to be asked for. */
  infer(field: string, value: string, certainty: Certainty, why: string): void {
    this.inferred.set(field, { field, value, certainty, why });
  }

  /** What a person has answered; else the question is noted, and an optional one gives what it suggests. */
  ask(question: Question & { readonly isRequired: false; readonly suggested: AnswerValue }): AnswerValue;
  ask(question: Question): AnswerValue | undefined;
  ask(question: Question): AnswerValue | undefined {
    this.used.add(question.id);
    if (Object.hasOwn(this.answers, question.id)) {
      const value = checkedAnswer(question, this.answers[question.id]);
      this.infer(question.id, shown(value), 'answered', 'A person said so.');
      return value;
    }
    this.asked.set(question.id, question);
    if (question.isRequired || question.suggested === undefined) return undefined;
    this.infer(question.id, shown(question.suggested), 'assumed', question.why);
    return question.suggested;
  }

  /** An answer that stands in the place of an inference, and is never asked for. */
  override(question: Pick<Question, 'id' | 'takes' | 'options'>): AnswerValue | undefined {
    this.used.add(question.id);
    if (!Object.hasOwn(this.answers, question.id)) return undefined;
    const value = checkedAnswer(question, this.answers[question.id]);
    this.infer(question.id, shown(value), 'answered', 'A person said so.');
    return value;
  }

  get inferences(): readonly Inference[] {
    return [...this.inferred.values()];
  }

  get questions(): readonly Question[] {
    return [...this.asked.values()];
  }

  /** An answer to no question is a slip of the pen that would be believed to count. Throws DH_ADD_ANSWERS_INVALID. */
  assertUsed(): void {
    const strange = Object.keys(this.answers).filter((id) => !this.used.has(id));
    const [first] = strange;
    if (first === undefined) return;
    const names = strange.map((id) => `"${id}"`).join(', ');
    throw answersInvalid(`Nothing asks for ${names}. Check the spelling against --print-answers.`, first);
  }
}

function shown(value: AnswerValue): string {
  return Array.isArray(value) ? value.join(', ') : String(value);
}
