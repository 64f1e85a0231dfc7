import { type Component, type Node, readGraph } from './graph.ts';

/**
 * How many nodes may be written to describe one cycle from each of its entries. Beyond that it is
 * described once, from an entry chosen by content.
 */
const MAX_CYCLE_WORK = 1 << 16;

/**
 * Encodes arguments of any size, depth and wiring in a text linear in what they take in memory.
 *
 * Every distinct structure is defined once and referred to by its number. Numbers are given level
 * by level, what refers to nothing first, so that a definition refers to smaller numbers only; the
 * last one is the arguments themselves. A cycle is one definition: its nodes in the order in which
 * they are met from where it is entered. Any other node is defined as a cycle of one.
 *
 * Outside of cycles neither the order of set and map members counts nor which equal parts are one
 * object. Inside of a cycle both do.
 *
 * @param args - the arguments of a call
 * @returns a text that starts with `&`, which no other encoded value does
 */
export function encodeGraph(args: readonly unknown[]): string {
  let text = '&';
  let count = 0;
  for (const level of readGraph(args)) {
    const alike = new Map<string, Node[]>();
    for (const node of level) {
      const definition = define(node);
      // Another definition may give it another place.
      node.reference = node.place === 0 ? '' : `:${node.place}`;
      const others = alike.get(definition);
      if (others === undefined) alike.set(definition, [node]);
      else others.push(node);
    }
    for (const definition of [...alike.keys()].sort()) {
      text += definition;
      for (const node of alike.get(definition) as Node[]) {
        node.reference = `*${count}${node.reference},`;
      }
      count += 1;
    }
  }
  return text;
}

/** Describes the component of a node; afterwards the node has its place in the description. */
function define(node: Node): string {
  const component = node.component as Component;
  if (component.entries.length * component.size <= MAX_CYCLE_WORK) return defineFrom(node);
  component.definition ??= defineFrom(chooseEntry(component.entries));
  return component.definition;
}

function defineFrom(entry: Node): string {
  const list: Node[] = [];
  placeOf(entry, list);
  let text = '';
  // The list grows on the way.
  for (const node of list) text += nodeText(node, list);
  return text;
}

/** The entry whose own content comes first; among equals the one that was met first. */
function chooseEntry(entries: readonly Node[]): Node {
  let chosen = entries[0] as Node;
  let least: string | undefined;
  for (const entry of entries) {
    const list: Node[] = [];
    placeOf(entry, list);
    const content = nodeText(entry, list);
    if (least !== undefined && content >= least) continue;
    least = content;
    chosen = entry;
  }
  return chosen;
}

/** The place of a node in a list; it is added when it is not there. */
function placeOf(node: Node, list: Node[]): number {
  if (node.list !== list) {
    node.list = list;
    node.place = list.push(node) - 1;
  }
  return node.place;
}

/** Members are put in order by their texts; nodes first met among them have theirs by turn. */
function nodeText({ text, links, at, width, component }: Node, list: Node[]): string {
  const linkText = (link: unknown) => {
    if (typeof link === 'string') return link;
    const node = link as Node;
    return node.component === component ? `^${placeOf(node, list)},` : node.reference;
  };
  let all = text;
  for (let index = 0; index < at; index += 1) all += linkText(links[index]);
  const members: string[] = [];
  for (let index = at; index < links.length; index += width) {
    const first = linkText(links[index]);
    members.push(width === 1 ? first : first + linkText(links[index + 1]));
  }
  return all + members.sort().join('');
}
