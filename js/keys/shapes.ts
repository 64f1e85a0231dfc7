import { primitiveText } from './text.ts';

/** What objects with the same properties have in common. */
export interface Shape {
  /** The text of their names. It tells how many there are, so that nothing need end the values. */
  readonly text: string;
  /** Names and symbols in the order of their texts. */
  readonly names: readonly PropertyKey[];
}

/** How many characters of names are remembered; beyond that all are forgotten, which costs only time. */
const ROOM = 1 << 15;

/**
 * What objects have in common whose names begin alike, in the order in which they come. Putting names
 * in order takes longer than all the rest, and most objects look like one that was here before.
 */
export class ShapeNode {
  /** The name that came next the last time, and what it led to. */
  lastKey: string | undefined;
  lastChild: ShapeNode | undefined;
  /** All that it led to, when that was more than one. */
  private nexts: Map<string | undefined, ShapeNode | undefined> | undefined;
  private shape: Shape | undefined;

  constructor(
    readonly before?: ShapeNode,
    private readonly last = '',
  ) {}

  /** The beginning that is one name longer. */
  with(name: string): ShapeNode {
    let next = this.nexts?.get(name);
    if (next === undefined) {
      next = new ShapeNode(this, name);
      if (this.lastKey !== undefined) {
        this.nexts ??= new Map([[this.lastKey, this.lastChild]]);
        this.nexts.set(name, next);
      }
      capacity -= name.length + 1;
      if (capacity < 0) forget();
    }
    this.lastKey = name;
    this.lastChild = next;
    return next;
  }

  /** The shape of the objects that have no more names. */
  toShape(): Shape {
    if (this.shape !== undefined) return this.shape;
    const names: string[] = [];
    for (let each: ShapeNode = this; each.before !== undefined; each = each.before) {
      names.push(each.last);
    }
    this.shape = shapeOf(names);
    return this.shape;
  }
}

const noShape: Shape = { text: '{0:', names: [] };
let capacity: number;
/** Of all objects. */
export let noNames: ShapeNode;
forget();

function forget(): void {
  capacity = ROOM;
  noNames = new ShapeNode();
}

/**
 * The shape of objects with these properties.
 *
 * @param names - names and symbols in any order, each once
 */
export function shapeOf(names: readonly PropertyKey[]): Shape {
  if (names.length === 0) return noShape;
  const byText = new Map(names.map((name) => [primitiveText(name), name]));
  const texts = [...byText.keys()].sort();
  return {
    text: `{${texts.length}:${texts.join('')}`,
    names: texts.map((text) => byText.get(text) as PropertyKey),
  };
}
