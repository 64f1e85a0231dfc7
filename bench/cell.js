// One cell of the benchmark, in a process of its own: its scenario, and its place in it, come as JSON.
const { scenario, cell, limits, contender, flags } = JSON.parse(process.argv[2]);
const { run } = await import(`./scenarios/${scenario}.js`);
// Whoever waits in vain for the last line is to know whose turn it was.
const {
  rows,
  failed = {},
  notes = {},
} = await run(cell, { ...limits, tell: console.log }, contender, flags);
const { bun, deno, node } = process.versions;
const runtime = bun ? `Bun ${bun}` : deno ? `Deno ${deno}` : `Node ${node}`;
// The last line, since a contender may print what it likes.
console.log(`\n${JSON.stringify({ runtime, rows: Object.fromEntries(rows), notes, failed })}`);
process.exit();
