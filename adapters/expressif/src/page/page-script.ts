/**
 * The script of the page, for browsers: it sends the values of the form, and puts what the answer holds in the place of
 * what was shown. Until the answer is there, and where there is none, the page says that it shows other values' results.
 *
 * Values go in the body of a POST, since addresses are written into logs. What an answer brings is HTML that the service
 * wrote; scripts and handlers in it would not run under the page's policy.
 */
export const SCRIPT = `
const form = document.getElementById('values');
const main = document.querySelector('main');
const status = document.getElementById('status');
const words = form.dataset;
let running;
let timer;

function tell(text, isStale) {
  status.textContent = text;
  main.classList.toggle('stale', isStale);
}

function request() {
  const values = Object.fromEntries(
    [...form.querySelectorAll('input[data-input]')]
      .filter((input) => input.value !== '')
      .map((input) => [input.dataset.input, input.valueAsNumber]),
  );
  const chosen = Object.fromEntries(
    [...form.querySelectorAll('select')].map((select) => [select.name, select.value]).filter(([, value]) => value !== ''),
  );
  return JSON.stringify({ values, surface: chosen });
}

function show(parts) {
  for (const [id, markup] of Object.entries(parts)) {
    const place = document.getElementById(id);
    if (place === null || !place.classList.contains('part')) continue;
    const body = new DOMParser().parseFromString(markup, 'text/html').body;
    const wasOpen = place.querySelector('details')?.open === true;
    place.replaceChildren(...body.childNodes);
    const details = place.querySelector('details');
    if (details !== null) details.open = wasOpen;
  }
}

async function ask() {
  main.setAttribute('aria-busy', 'true');
  running?.abort();
  const mine = new AbortController();
  running = mine;
  try {
    const answer = await fetch(words.address, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'application/json' },
      body: request(),
      cache: 'no-store',
      signal: mine.signal,
    });
    const { parts } = answer.ok ? await answer.json() : {};
    if (mine !== running) return;
    if (parts === undefined) throw new Error('no parts');
    show(parts);
    tell(words.answered, false);
  } catch {
    if (mine === running) tell(words.failed, true);
  } finally {
    if (mine === running) main.setAttribute('aria-busy', 'false');
  }
}

function soon() {
  main.setAttribute('aria-busy', 'true');
  clearTimeout(timer);
  timer = setTimeout(ask, 120);
}

form.addEventListener('submit', (event) => {
  event.preventDefault();
  clearTimeout(timer);
  ask();
});
form.addEventListener('input', (event) => {
  const { target } = event;
  const other = document.getElementById(target.dataset.twin ?? '');
  if (other !== null && target.value !== '') other.value = target.value;
  soon();
});
`;
