// Times the parts of making a key for a small object, with JSON.stringify for comparison: `npm run bench:keys`. The
// figures are in docs/hits.md.
import { ResultCache } from 'holdfast';
import { CALLS } from './calls.js';
import { timeContenders } from './rounds.js';

const OPERATIONS = 4_096;
const { getOwnPropertySymbols, getPrototypeOf } = Object;
const objectPrototype = Object.prototype;

/** A node in a tree of property names; it remembers the name that followed last time. */
class NameNode {
  lastName;
  next;
  constructor(names) {
    this.names = names;
    this.text = `(${names.join()}:`;
  }
  with(name) {
    this.lastName ??= name;
    this.next ??= new NameNode([...this.names, name]);
    return this.next;
  }
}
const noNames = new NameNode([]);

const isPlain = (value) => !Array.isArray(value) && getPrototypeOf(value) === objectPrototype;
const hasNoSymbols = (value) => isPlain(value) && getOwnPropertySymbols(value).length === 0;

function namesOf(value) {
  if (!hasNoSymbols(value)) return noNames;
  for (const _ in objectPrototype) return noNames;
  let node = noNames;
  for (const name in value) node = node.lastName === name ? node.next : node.with(name);
  return node;
}

function sumOf(value) {
  const { names } = namesOf(value);
  let sum = 0;
  for (let index = 0; index < names.length; index++) {
    const field = value[names[index]];
    sum += typeof field === 'string' ? field.length : field;
  }
  return sum;
}

/** Rows with a + include the work of the row before. */
const PARTS = {
  'the call': (value) => value,
  '+ its prototype': isPlain,
  '+ no symbols': hasNoSymbols,
  '+ its names': namesOf,
  '+ its values': sumOf,
  'makeKey, which adds the text': (value) => ResultCache.makeKey(value),
  'JSON.stringify': (value) => JSON.stringify(value),
};

/** Compiles a loop for each part. The name in its code keeps V8 from sharing type feedback between equal functions. */
function loopOf(name, part, values) {
  const make = new Function(
    'part',
    'values',
    `// ${name}
    let last;
    return () => {
      for (let i = 0; i < values.length; i++) last = part(values[i]);
      return last;
    };`,
  );
  return make(part, values);
}

const values = Array.from({ length: OPERATIONS }, (_, i) => CALLS['a small object'](i)[0]);
const contenders = {};
for (const [name, part] of Object.entries(PARTS)) contenders[name] = loopOf(name, part, values);
const { bun, deno, node } = process.versions;
console.log(`${bun ? `bun ${bun}` : deno ? `deno ${deno}` : `node ${node}`}; ns per key\n`);
for (const [name, { median }] of await timeContenders(contenders, OPERATIONS)) {
  console.log(`| ${name} | ${median.toFixed(1)} |`);
}
