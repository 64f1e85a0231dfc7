// What each part of a small object's key takes, beside JSON.stringify: `npm run bench:keys`, for docs/hits.md.
import { ResultCache } from 'holdfast';
import { CALLS } from './calls.js';
import { race } from './rounds.js';

const OPERATIONS = 4_096;
const { getOwnPropertySymbols, getPrototypeOf } = Object;
const objectPrototype = Object.prototype;

/** A step of a tree of names: it knows the one that came next the last time. */
class Names {
  usual;
  next;
  constructor(names) {
    this.names = names;
    this.text = `(${names.join()}:`;
  }
  with(name) {
    this.usual ??= name;
    this.next ??= new Names([...this.names, name]);
    return this.next;
  }
}
const noNames = new Names([]);

const isPlain = (value) => !Array.isArray(value) && getPrototypeOf(value) === objectPrototype;
const hasNoSymbols = (value) => isPlain(value) && getOwnPropertySymbols(value).length === 0;

function namesOf(value) {
  if (!hasNoSymbols(value)) return noNames;
  for (const _ in objectPrototype) return noNames;
  let names = noNames;
  for (const name in value) names = names.usual === name ? names.next : names.with(name);
  return names;
}

function sumOf(value) {
  const { names } = namesOf(value);
  let sum = 0;
  for (let index = 0; index < names.length; index++) {
    const each = value[names[index]];
    sum += typeof each === 'string' ? each.length : each;
  }
  return sum;
}

/** Each row has what the one before has, and more; the last two are those that count. */
const PARTS = {
  'the call': (value) => value,
  '+ its prototype': isPlain,
  '+ no symbols': hasNoSymbols,
  '+ its names': namesOf,
  '+ its values': sumOf,
  'makeKey, and so the text': (value) => ResultCache.makeKey(value),
  'JSON.stringify': (value) => JSON.stringify(value),
};

/** A loop of its own for each: the name is in the code, for V8 gives two functions of one text the same feedback. */
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
console.log(`${bun ? `bun ${bun}` : deno ? `deno ${deno}` : `node ${node}`}; ns a key\n`);
for (const [name, { median }] of await race(contenders, OPERATIONS)) {
  console.log(`| ${name} | ${median.toFixed(1)} |`);
}
