import {
  getOwnPropertySymbols,
  getPrototypeOf,
  hasOwn,
  isView,
  PLAIN_TAG,
  tagOf,
} from './intrinsics.ts';
import { primitiveText } from './primitive-text.ts';

/** The properties of an object. Objects with the same properties have equal shapes. */
export interface Shape {
  /** The number of properties and their names, so that the texts of the values can follow without an end mark. */
  readonly namesText: string;
  /** Names and symbols in the order of their texts. */
  readonly sortedNames: readonly PropertyKey[];
}

/**
 * The property names of plain objects, as a tree with one node for each sequence of names. Most objects have the names
 * of an earlier one, and to sort names takes longer than everything else.
 */
class ShapeNode {
  /** The name that came next the last time, and its node. */
  lastKey: string | undefined;
  lastNode: ShapeNode | undefined;
  /** All names that came next, once there was more than one. */
  private nextNodes: Map<string | undefined, ShapeNode | undefined> | undefined;
  private ownShape: Shape | undefined;

  constructor(
    readonly parentShape?: ShapeNode,
    private readonly lastName = '',
  ) {}

  /** The node for one more name. */
  nextNode(name: string): ShapeNode {
    let next = this.nextNodes?.get(name);
    if (next === undefined) {
      next = new ShapeNode(this, name);
      if (this.lastKey !== undefined) {
        this.nextNodes ??= new Map([[this.lastKey, this.lastNode]]);
        this.nextNodes.set(name, next);
      }
      charsLeft -= name.length + 1;
      if (charsLeft < 0) {
        charsLeft = MAX_CHARS;
        root = new ShapeNode();
      }
    }
    this.lastKey = name;
    this.lastNode = next;
    return next;
  }

  /** The shape of the objects with exactly these names. */
  toShape(): Shape {
    if (this.ownShape !== undefined) return this.ownShape;
    const names: string[] = [];
    for (let node: ShapeNode = this; node.parentShape !== undefined; node = node.parentShape) {
      names.push(node.lastName);
    }
    this.ownShape = shapeOf(names);
    return this.ownShape;
  }
}

/** Maximum length of all names in the tree. A full tree is replaced by an empty one, which costs only time. */
const MAX_CHARS = 1 << 15;
let charsLeft = MAX_CHARS;
let root = /* @__PURE__ */ new ShapeNode();

const objectPrototype: object = Object.prototype;
const emptyShape: Shape = { namesText: '{0:', sortedNames: [] };

/**
 * The shape of an ordinary object: one that certainly is a plain object, and has no symbols. Reads none of the values.
 *
 * @returns `undefined` for any other object: `describe` inspects it
 */
export function plainShape(value: object): Shape | undefined {
  if (
    getPrototypeOf(value) !== objectPrototype ||
    getOwnPropertySymbols(value).length > 0 ||
    tagOf(value) !== PLAIN_TAG ||
    isView(value)
  ) {
    return undefined;
  }
  // `for in` would list properties that a program has added to `Object.prototype`.
  for (const _ in objectPrototype) return undefined;
  let node = root;
  for (const name in value) {
    node = node.lastKey === name ? (node.lastNode as ShapeNode) : node.nextNode(name);
  }
  // An object with no names and a `constructor` may be the prototype of a class.
  return node.parentShape === undefined && hasOwn(value, 'constructor')
    ? undefined
    : node.toShape();
}

/**
 * The shape of objects with these properties.
 *
 * @param names names and symbols in any order, each once
 */
export function shapeOf(names: readonly PropertyKey[]): Shape {
  if (names.length === 0) return emptyShape;
  const byText = new Map(names.map((name) => [primitiveText(name), name]));
  const texts = [...byText.keys()].sort();
  return {
    namesText: `{${texts.length}:${texts.join('')}`,
    sortedNames: texts.map((text) => byText.get(text) as PropertyKey),
  };
}
