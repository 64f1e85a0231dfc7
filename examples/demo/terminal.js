// Output: in a terminal with colours and a progress line that is updated in place, elsewhere plain lines.

const live = process.stdout.isTTY === true && process.env.TERM !== 'dumb';
const coloured = live && !process.env.NO_COLOR;

const paint = (code) => (text) => (coloured ? `\x1b[${code}m${text}\x1b[0m` : String(text));
export const bold = paint(1);
export const dim = paint(2);
export const red = paint(31);
export const green = paint(32);
export const yellow = paint(33);
export const blue = paint(34);
export const cyan = paint(36);

export function print(text = '') {
  process.stdout.write(`${live ? '\r\x1b[2K' : ''}${text}\n`);
}

/** Shows `line()` until the returned function is called: updated in place, or printed every two seconds. */
export function progress(line) {
  const show = () => (live ? process.stdout.write(`\r\x1b[2K${line()}`) : print(line()));
  const timer = setInterval(show, live ? 100 : 2_000);
  return () => {
    clearInterval(timer);
    print(line());
  };
}

export const count = (number) => number.toLocaleString('en-US');
export const percent = (part, whole) => `${whole ? ((100 * part) / whole).toFixed(1) : '0.0'} %`;

export function duration(milliseconds) {
  if (milliseconds >= 1_000) return `${(milliseconds / 1_000).toFixed(2)} s`;
  return `${milliseconds.toFixed(milliseconds < 1 ? 3 : milliseconds < 10 ? 1 : 0)} ms`;
}
