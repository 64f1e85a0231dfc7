import { type Component, leaderOf, type Node, nodeText, readGraph } from './graph.ts';

/** How often each node of a cycle may be written, on average, in the search for where its definition begins. */
const MAX_WORK = 32;

/**
 * Encodes arguments of any size, depth and wiring in a text, in time linear in what they take in memory.
 *
 * Every distinct structure is defined once and referred to by its number. Numbers are given level
 * by level, what refers to nothing first, so that a definition refers to smaller numbers only; the
 * last one is the arguments themselves. A cycle is one definition, which begins at a node chosen by structure
 * alone, wherever the cycle is entered; a reference names a node of it.
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
    const definitions = groupBy(level, define);
    for (const definition of [...definitions.keys()].sort()) {
      text += definition;
      count += 1;
      for (const component of definitions.get(definition) as Component[]) component.number = count;
    }
  }
  return text;
}

function groupBy<Item>(
  items: readonly Item[],
  textOf: (item: Item) => string,
): Map<string, Item[]> {
  const groups = new Map<string, Item[]>();
  for (const item of items) {
    const text = textOf(item);
    const group = groups.get(text);
    if (group === undefined) groups.set(text, [item]);
    else group.push(item);
  }
  return groups;
}

/**
 * Describes a component by its nodes in the order in which they are met from the one with the least description, among
 * those whose own content is rarest.
 */
function define({ members }: Component): string {
  const [only] = members as [Node];
  if (members.length === 1) return only.text ?? nodeText(only);
  const [, candidates] = [...groupBy(members, (node) => nodeText(node))].reduce((one, other) =>
    (one[1].length - other[1].length || (one[0] < other[0] ? -1 : 1)) < 0 ? one : other,
  );
  let work = MAX_WORK * members.length;
  let nodes: Node[] = [];
  let texts: string[] = [];
  for (const candidate of candidates) {
    const [first] = nodes;
    if (first !== undefined && (work < 0 || leaderOf(first) === leaderOf(candidate))) continue;
    const places = new Map([[candidate, 0]]);
    const others: string[] = [];
    let isLess = first === undefined;
    // Nodes are added while they are written.
    for (const node of places.keys()) {
      const text = nodeText(node, places);
      work -= 1;
      const best = texts[others.length] as string;
      if (!isLess && text > best) break;
      isLess ||= text < best;
      others.push(text);
    }
    if (others.length < members.length) continue;
    if (isLess) {
      nodes = [...places.keys()];
      texts = others;
    } else {
      // Both describe the cycle alike, so that nothing tells a node from the one at its position.
      for (const [node, place] of places) {
        leaderOf(node).twin = leaderOf(nodes[place] as Node);
      }
    }
  }
  for (let place = nodes.length - 1; place >= 0; place -= 1) {
    leaderOf(nodes[place] as Node).place = place;
  }
  return texts.join('');
}
