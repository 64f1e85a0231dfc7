import { type Component, type GraphNode, nodeText, readGraph, representativeOf } from './graph.ts';

/** Limits the search for the first node of a cycle: texts written, on average, for each of its nodes. */
const MAX_TEXTS_PER_NODE = 32;

/**
 * Encodes arguments of any size and depth, with any cycles, in time linear in the memory that they take.
 *
 * Every distinct structure is defined once, and referred to by its number. Structures are numbered level by level,
 * starting with those that refer to no other, so that a definition refers to smaller numbers only. The last one is the
 * arguments themselves. A cycle is one definition; it starts at a node that depends on the structure alone, not on the
 * node that the arguments refer to. A reference to a cycle names one of its nodes.
 *
 * Outside of cycles, the order of set and map members does not count, nor does it matter whether equal parts are the
 * same object. Inside a cycle both count.
 *
 * @returns a text that starts with `&`, unlike any other encoded value
 */
export function encodeGraph(args: readonly unknown[]): string {
  let text = '&';
  let count = 0;
  for (const level of readGraph(args)) {
    const byDefinition = groupBy(level, definitionOf);
    for (const definition of [...byDefinition.keys()].sort()) {
      text += definition;
      count += 1;
      for (const component of byDefinition.get(definition) as Component[])
        component.definitionNumber = count;
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
 * Writes a component. A cycle is written from each of the nodes whose own content is rarest, following references in
 * order; the least of these texts is its definition.
 */
function definitionOf({ memberNodes }: Component): string {
  const [only] = memberNodes as [GraphNode];
  if (memberNodes.length === 1) return only.fullText ?? nodeText(only);
  const [[, candidates]] = [...groupBy(memberNodes, (node) => nodeText(node))].sort(
    (one, other) => one[1].length - other[1].length || (one[0] < other[0] ? -1 : 1),
  ) as [[string, GraphNode[]]];
  let textsLeft = MAX_TEXTS_PER_NODE * memberNodes.length;
  let bestNodes: GraphNode[] = [];
  let bestTexts: string[] = [];
  for (const candidate of candidates) {
    const [first] = bestNodes;
    const isKnown =
      first !== undefined &&
      (textsLeft < 0 || representativeOf(first) === representativeOf(candidate));
    if (isKnown) continue;
    const positions = new Map([[candidate, 0]]);
    const texts: string[] = [];
    let isLess = first === undefined;
    // `nodeText` adds the nodes that it refers to, so that the loop goes on with them.
    for (const node of positions.keys()) {
      const text = nodeText(node, positions);
      textsLeft -= 1;
      const best = bestTexts[texts.length] as string;
      if (!isLess && text > best) break;
      isLess ||= text < best;
      texts.push(text);
    }
    if (texts.length < memberNodes.length) continue;
    if (isLess) {
      bestNodes = [...positions.keys()];
      bestTexts = texts;
    } else {
      // Equal texts: each node is equivalent to the one at the same position.
      for (const [node, position] of positions) {
        representativeOf(node).sameAs = representativeOf(bestNodes[position] as GraphNode);
      }
    }
  }
  for (let position = bestNodes.length - 1; position >= 0; position -= 1) {
    representativeOf(bestNodes[position] as GraphNode).positionInCycle = position;
  }
  return bestTexts.join('');
}
