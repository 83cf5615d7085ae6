import { WORKLOADS } from '../workloads/index.mjs';

// The allowance of the package format's profile "standard": 64 units in the last place of FP32.
const ALLOWED_ERROR = 64 * 2 ** -23;

/**
 * Throws unless an answer (bytes) holds the values expected. Without expected values (an echo) it
 * must hold as many values as a message of the method does.
 *
 * @param {string} workload
 * @param {Buffer} bytes
 * @param {number[] | undefined} expected
 */
export function checkAnswer(workload, bytes, expected) {
  const { method, read } = WORKLOADS[workload];
  const values = [...read(method.responseDeserialize(bytes))];
  if (values.length === 0) throw new Error(`${workload}: an answer holds no values`);
  if (expected === undefined) return;
  const isRight =
    values.length === expected.length &&
    values.every((value, index) => Math.abs(value - expected[index]) <= ALLOWED_ERROR * Math.abs(expected[index]));
  if (!isRight) throw new Error(`${workload}: a wrong answer: expected ${expected}, got ${values}`);
}

/** Which of so many answers are read and compared: every `checkEvery`th of the workload, else all. */
export function isChecked(workload, answers) {
  return answers % (WORKLOADS[workload].checkEvery ?? 1) === 0;
}
