import { simulate, toHtml } from 'holdfast/tuning';

const [key, stop, drop, file, status, report] = [
  'key',
  'stop',
  'drop',
  'file',
  'status',
  'report',
].map((id) => document.getElementById(id));
let controller = new AbortController();

async function run(trace) {
  controller.abort();
  const current = new AbortController();
  controller = current;
  stop.disabled = false;
  try {
    const found = await simulate(trace, {
      key: key.value || undefined,
      signal: current.signal,
      onProgress: ({ stage, share = 0, requests }) => {
        status.textContent = `${stage}: ${Math.floor(100 * share)} %, ${requests} requests`;
      },
    });
    report.srcdoc = toHtml(found, { title: trace.name });
    status.textContent = `${found.requests} requests: ${found.smallest.size} entries are enough`;
  } catch (error) {
    if (controller === current) status.textContent = error.message;
  } finally {
    if (controller === current) stop.disabled = true;
  }
}

stop.addEventListener('click', () => controller.abort(new Error('stopped')));
file.addEventListener('change', () => file.files[0] && run(file.files[0]));
drop.addEventListener('dragover', (event) => {
  event.preventDefault();
  drop.classList.add('over');
});
drop.addEventListener('dragleave', () => drop.classList.remove('over'));
drop.addEventListener('drop', (event) => {
  event.preventDefault();
  drop.classList.remove('over');
  if (event.dataTransfer.files[0]) run(event.dataTransfer.files[0]);
});
