import { describe } from './describe.ts';
import { type Description, describedText, description } from './description.ts';
import { primitiveText, stringText } from './text.ts';

/** Longer texts become nodes, so that a repeated one is in the key once. Shorter ones are written where they occur. */
const MAX_INLINE = 128;

/** A strongly connected component: a cycle and all cycles that it shares nodes with, or a single node. */
export interface Component {
  readonly members: readonly Node[];
  /** The longest path down to a component that refers to no other. */
  readonly height: number;
  /** The number of its definition in the key. */
  number: number;
}

/** An object or a long string of the arguments, which is read once. */
export class Node {
  /** Its values: texts and nodes. */
  readonly values: (string | Node)[] = [];
  /** How many nodes were open before; -1 until it holds an object, and so might be in a cycle. */
  met = -1;
  /** The earliest open node that it leads back to, by when that was met. */
  low = -1;
  component: Component | undefined = undefined;
  /** Its text if that refers to no node. */
  text: string | undefined = undefined;
  /** A node that stands for the same as this one: see `leaderOf`. */
  twin: Node = this;
  /** Its position in the definition of its component. */
  place = 0;

  constructor(
    readonly value: unknown,
    readonly described: Description,
  ) {}
}

/** The node that stands for all nodes of a cycle which no path from them can tell apart. */
export function leaderOf(node: Node): Node {
  let leader = node;
  while (leader.twin !== leader) {
    leader.twin = leader.twin.twin;
    leader = leader.twin;
  }
  return leader;
}

/**
 * The text of a node.
 *
 * @param places - the positions of nodes in the definition of their component; a node that has none gets the next.
 * Without it all nodes of the component are written alike.
 */
export function nodeText(node: Node, places?: Map<Node, number>): string {
  const texts = node.values.map((link) => {
    if (typeof link === 'string') return link;
    const { component } = link;
    if (component !== node.component) return `*${component?.number}:${leaderOf(link).place},`;
    if (places?.has(link) === false) places.set(link, places.size);
    return `^${places?.get(link) ?? ''},`;
  });
  return describedText(node.described, texts);
}

/**
 * Reads everything that can be reached from the arguments, each object once and without recursion,
 * and finds its strongly connected components: Tarjan's algorithm, with a stack of its own.
 *
 * @param args - the arguments of a call
 * @returns the components by their height; the last one is the arguments themselves
 */
export function readGraph(args: readonly unknown[]): Component[][] {
  const nodes = new Map<unknown, Node>();
  const levels: Component[][] = [];
  /** The path to the current node, and the nodes that have no component yet. */
  const path: Node[] = [];
  const open: Node[] = [];

  path.push(new Node(args, description('', args)));
  for (let node = path.at(-1); node !== undefined; node = path.at(-1)) {
    const { described, values } = node;
    if (values.length < described.count) {
      values.push(follow(node, described.values[values.length]));
      continue;
    }
    path.pop();
    const parent = path.at(-1);
    if (node.low < node.met) {
      (parent as Node).low = Math.min((parent as Node).low, node.low);
      continue;
    }
    if (values.every((value) => typeof value === 'string')) {
      node.text = describedText(described, values);
      if (parent !== undefined && isShort(node.text)) {
        parent.values[parent.values.length - 1] = node.text;
        if (open.at(-1) === node) open.pop();
        continue;
      }
    }
    meet(node);
    const members = open.splice(open.lastIndexOf(node));
    let height = 0;
    for (const { values } of members) {
      for (const value of values) {
        const below = typeof value === 'string' ? undefined : value.component;
        if (below !== undefined && below.height >= height) height = below.height + 1;
      }
    }
    const component = { members, height, number: 0 };
    for (const member of members) member.component = component;
    if (levels.length === height) levels.push([]);
    (levels[height] as Component[]).push(component);
  }
  return levels;

  function meet(node: Node): void {
    if (node.met >= 0) return;
    node.met = nodes.size;
    node.low = nodes.size;
    nodes.set(node.value, node);
    open.push(node);
  }

  /** What a value of a node becomes. */
  function follow(from: Node, value: unknown): string | Node {
    const isText = typeof value === 'string';
    if (isText ? isShort(value) : typeof value !== 'object' || value === null) {
      return primitiveText(value);
    }
    meet(from);
    const known = nodes.get(value);
    if (known === undefined) {
      const described = isText ? description(stringText(value), []) : describe(value as object);
      if (described.count === 0 && isShort(described.text)) return described.text;
      const node = new Node(value, described);
      path.push(node);
      return node;
    }
    if (isShort(known.text)) return known.text;
    if (known.component === undefined) from.low = Math.min(from.low, known.met);
    return known;
  }
}

function isShort(text: string | undefined): text is string {
  return text !== undefined && text.length <= MAX_INLINE;
}
