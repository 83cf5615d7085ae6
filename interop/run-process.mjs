// Runs a command to its end, or to its limit.
import { spawn } from 'node:child_process';

/** Ended with us, however many run at once. */
const running = new Set();
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

/**
 * Gives { code, stdout, stderr }; the code is a signal's name if one ended the command, and -1 if it
 * could not be started. `showStderr` lets its lines through as they come instead of collecting them.
 */
export function runProcess(command, args, { limitMs, env = {}, cwd, showStderr = false, input = '' }) {
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      stdio: ['pipe', 'pipe', showStderr ? 'inherit' : 'pipe'],
      env: { ...process.env, ...env },
      cwd,
    });
    running.add(child);
    const text = { stdout: '', stderr: '' };
    for (const name of ['stdout', 'stderr']) {
      child[name]?.setEncoding('utf8').on('data', (chunk) => {
        text[name] += chunk;
      });
    }
    // A command that ends without reading its input is no fault of ours.
    child.stdin.on('error', () => undefined);
    child.stdin.end(input);
    const timer = setTimeout(() => {
      text.stderr += `\nended after ${limitMs / 1000} s`;
      child.kill('SIGKILL');
    }, limitMs);
    const finish = (code) => {
      clearTimeout(timer);
      running.delete(child);
      resolve({ code, ...text });
    };
    child.on('error', (error) => {
      text.stderr += error.message;
      finish(-1);
    });
    child.on('close', (code, signal) => finish(code ?? signal));
  });
}

/** The last lines of a text, which usually say why something failed. */
export function lastLines(text, count = 15) {
  return text.trim().split('\n').slice(-count).join('\n');
}
