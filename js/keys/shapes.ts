import { primitiveText } from './text.ts';

/** What objects with the same properties, in the same order, have in common. */
export interface Shape {
  /** The text of the names, in an order of its own. It tells how many there are, so that nothing need end the values. */
  readonly text: string;
  /** The places of the values in that order; `undefined` when they are in it as they come. */
  readonly order: readonly number[] | undefined;
}

/** How many characters of names are remembered. Then all is forgotten, which costs nothing but time. */
const ROOM = 1 << 15;

/** Objects whose first names are the same, and in the same order. A tree of these knows the shapes met before. */
export class Names {
  shape: Shape | undefined;
  /** The name that was asked for last, and what it led to. */
  usual: string | undefined;
  usualNext: Names | undefined;
  private readonly next = new Map<string, Names>();

  constructor(
    private readonly before?: Names,
    private readonly last = '',
  ) {}

  /** Those that go on with a name. */
  with(name: string): Names {
    let next = this.next.get(name);
    if (next === undefined) {
      next = new Names(this, name);
      room -= name.length + 1;
      if (room < 0) forgetNames();
      this.next.set(name, next);
    }
    this.usual = name;
    this.usualNext = next;
    return next;
  }

  /** The shape of objects that have these names and no more. */
  toShape(): Shape {
    const names: string[] = [];
    for (let some: Names = this; some.before !== undefined; some = some.before) {
      names.push(some.last);
    }
    this.shape = shapeOf(names.reverse());
    return this.shape;
  }
}

let room = ROOM;
/** Objects whose names begin anyhow. */
export let anyNames = new Names();

function forgetNames(): void {
  room = ROOM;
  anyNames = new Names();
}

/**
 * The shape of objects with these properties.
 *
 * @param names - the names and symbols in any order, each once
 */
export function shapeOf(names: readonly PropertyKey[]): Shape {
  const labels = names.map(primitiveText);
  const order = [...labels.keys()];
  const labelAt = (place: number) => labels[place] as string;
  order.sort((one, other) => (labelAt(one) < labelAt(other) ? -1 : 1));
  return {
    text: `{${names.length}:${order.map(labelAt).join('')}`,
    order: order.every((place, index) => place === index) ? undefined : order,
  };
}

/** The values of properties, in the order of a shape. */
export function inOrder(values: unknown[], { order }: Shape): unknown[] {
  if (order === undefined) return values;
  const ordered: unknown[] = [];
  for (let index = 0; index < order.length; index += 1) {
    ordered.push(values[order[index] as number]);
  }
  return ordered;
}
