import { setImmediate as turn } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { CommitGroups } from './commit-groups.js';

/** Groups whose commits end when they are told to. */
function groupsByHand() {
  const commits: { readonly bodies: readonly string[]; end(error?: Error): void }[] = [];
  const groups = new CommitGroups({
    commit: (bodies) =>
      new Promise((resolve, reject) => {
        commits.push({ bodies: [...bodies], end: (error) => (error ? reject(error) : resolve()) });
      }),
  });
  return { groups, commits };
}

it('takes along what comes in the turn of the event loop in which the group before it ended', async () => {
  const { groups, commits } = groupsByHand();
  void groups.add('first');
  await turn();
  await turn();
  void groups.add('while it is written');
  commits[0]?.end();
  for (let i = 0; i < 10; i++) await Promise.resolve();
  void groups.add('in the same turn');
  await expect.poll(() => commits.length).toBe(2);
  expect(commits.map(({ bodies }) => bodies)).toEqual([['first'], ['while it is written', 'in the same turn']]);
  commits[1]?.end();
  await groups.idle;
});

it('tells a promise that has resolved from one that waits, and from one of a group that failed', async () => {
  const { groups, commits } = groupsByHand();
  const good = groups.add('good');
  await expect.poll(() => commits.length).toBe(1);
  const bad = groups.add('bad');
  expect(groups.hasWritten(good)).toBe(false);
  commits[0]?.end();
  await good;
  expect(groups.hasWritten(good)).toBe(true);
  await expect.poll(() => commits.length).toBe(2);
  commits[1]?.end(new Error('full'));
  await expect(bad).rejects.toThrow('full');
  expect(groups.hasWritten(bad)).toBe(false);
});
