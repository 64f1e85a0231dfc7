// Runs one cell of a scenario in this process. The job comes as JSON in the first argument.
const { scenario, cell, timing, contender, flags } = JSON.parse(process.argv[2]);
const { run } = await import(`./scenarios/${scenario}.js`);
// The names of the contenders tell the parent process which one was being timed when a cell does not finish.
const {
  rows,
  failed = {},
  notes = {},
} = await run(cell, { ...timing, onTurn: console.log }, contender, flags);
const { bun, deno, node } = process.versions;
const runtime = bun ? `Bun ${bun}` : deno ? `Deno ${deno}` : `Node ${node}`;
// The parent process reads the last line only, since contenders may print, too.
console.log(`\n${JSON.stringify({ runtime, rows: Object.fromEntries(rows), notes, failed })}`);
process.exit();
