import { describe } from './describe.ts';
import { type Description, description } from './description.ts';
import { primitiveText, stringText } from './text.ts';

/** Longer strings become nodes of their own, so that a repeated one is in the key once. */
const LONG_STRING = 256;

/** A node and those that it is in a cycle with. */
export interface Component {
  readonly size: number;
  /** The longest way down: more than that of any component it refers to. */
  height: number;
  /** The nodes that are referred to from other components. */
  readonly entries: Set<Node>;
  /** The one that serves for all of its entries, where there are too many of them. */
  definition?: Definition;
}

/** The text that describes a component, and the place of each of its nodes in it. */
export interface Definition {
  readonly text: string;
  readonly places: ReadonlyMap<Node, number>;
}

/** An object (or long string) of the arguments, read once and taken apart. */
export class Node {
  /** What its values become: texts and nodes. */
  readonly values: (string | Node)[] = [];
  /** The earliest met node without component that it leads back to, by when that was met. */
  low: number;
  component: Component | undefined;
  /** What refers to it from another component. */
  reference = '';

  constructor(
    readonly described: Description,
    readonly met: number,
  ) {
    this.low = met;
  }
}

/**
 * Reads everything that can be reached from the arguments, each object once and without recursion,
 * and finds what is in a cycle with what: Tarjan's algorithm, with a stack of its own.
 *
 * @param args - the arguments of a call
 * @returns the nodes that are referred to from other components, by the height of their own; the
 * last one is the arguments themselves
 */
export function readGraph(args: readonly unknown[]): Set<Node>[] {
  const nodes = new Map<unknown, Node>();
  const levels: Set<Node>[] = [];
  /** The way to where the search is, and the nodes that have no component yet. */
  const path: Node[] = [];
  const open: Node[] = [];

  const root = meet(args, description('', args));
  for (let node: Node | undefined = root; node !== undefined; node = path.at(-1)) {
    const { described, values } = node;
    const { width, ordered } = described;
    if (values.length < (width === 0 ? ordered : described.values.length)) {
      values.push(follow(node, described.values[values.length]));
      continue;
    }
    path.pop();
    const parent = path.at(-1);
    if (parent !== undefined) parent.low = Math.min(parent.low, node.low);
    if (node.low === node.met) close(open.splice(open.lastIndexOf(node)));
  }
  enter(root);
  return levels;

  function meet(value: unknown, described: Description): Node {
    const node = new Node(described, nodes.size);
    nodes.set(value, node);
    path.push(node);
    open.push(node);
    return node;
  }

  /** What a value becomes that a node holds. */
  function follow(from: Node, value: unknown): string | Node {
    const isLong = typeof value === 'string' && value.length > LONG_STRING;
    if (!isLong && (typeof value !== 'object' || value === null)) return primitiveText(value);
    const known = nodes.get(value);
    if (known === undefined) {
      return meet(value, isLong ? description(stringText(value), []) : describe(value as object));
    }
    if (known.component === undefined) from.low = Math.min(from.low, known.met);
    return known;
  }

  function close(members: readonly Node[]): void {
    const component: Component = { size: members.length, height: 0, entries: new Set() };
    for (const node of members) node.component = component;
    for (const { values } of members) {
      for (const value of values) {
        if (typeof value !== 'string' && value.component !== component) {
          component.height = Math.max(component.height, enter(value) + 1);
        }
      }
    }
  }

  /** Notes that a node is referred to; gives its height. */
  function enter(node: Node): number {
    const { height, entries } = node.component as Component;
    entries.add(node);
    levels[height] ??= new Set();
    (levels[height] as Set<Node>).add(node);
    return height;
  }
}
