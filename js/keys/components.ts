import type { Graph } from './graph.ts';

/** How the nodes of a graph hang together. */
export interface Components {
  /** For each node the number of its component: itself and the nodes that it is in a cycle with. */
  readonly of: Int32Array;
  /** For each component the longest way down: more than that of any component it refers to. */
  readonly heights: readonly number[];
  /** The sizes of the components that are cycles. */
  readonly cycles: ReadonlyMap<number, number>;
}

/**
 * Finds the strongly connected components of a graph (Tarjan's algorithm, with a stack of its own).
 *
 * @param graph - a graph whose nodes can all be reached from node 0
 * @returns the components, numbered so that each refers to smaller numbers only
 */
export function findComponents({ nodes, targets, starts }: Graph): Components {
  const count = nodes.length;
  const of = new Int32Array(count).fill(-1);
  const heights: number[] = [];
  const cycles = new Map<number, number>();
  /** When each node was met, from 1. */
  const met = new Int32Array(count);
  /** The earliest met node that each one leads back to. */
  const low = new Int32Array(count);
  const nextEdge = Int32Array.from(starts);
  /** The way from node 0 to where the search is, and the nodes that have no component yet. */
  const path = new Int32Array(count);
  const open = new Int32Array(count);
  let pathLength = 0;
  let openCount = 0;
  let clock = 0;

  meet(0);
  while (pathLength > 0) {
    const node = at(path, pathLength - 1);
    const edge = at(nextEdge, node);
    if (edge < (starts[node + 1] as number)) {
      nextEdge[node] = edge + 1;
      const target = targets[edge] as number;
      if (at(met, target) === 0) meet(target);
      else if (at(of, target) === -1) low[node] = Math.min(at(low, node), at(met, target));
    } else {
      pathLength -= 1;
      if (pathLength > 0) {
        const parent = at(path, pathLength - 1);
        low[parent] = Math.min(at(low, parent), at(low, node));
      }
      if (at(low, node) === at(met, node)) close(node);
    }
  }
  return { of, heights, cycles };

  function meet(node: number): void {
    path[pathLength] = node;
    open[openCount] = node;
    pathLength += 1;
    openCount += 1;
    clock += 1;
    met[node] = clock;
    low[node] = clock;
  }

  /** Makes a component of `first` and all that is open since it was met. */
  function close(first: number): void {
    const component = heights.length;
    const end = openCount;
    do {
      openCount -= 1;
      of[at(open, openCount)] = component;
    } while (at(open, openCount) !== first);
    let height = 0;
    let isCycle = end - openCount > 1;
    for (let place = openCount; place < end; place += 1) {
      const node = at(open, place);
      for (let edge = starts[node] as number; edge < (starts[node + 1] as number); edge += 1) {
        const target = at(of, targets[edge] as number);
        if (target === component) isCycle = true;
        else height = Math.max(height, (heights[target] as number) + 1);
      }
    }
    heights.push(height);
    if (isCycle) cycles.set(component, end - openCount);
  }
}

function at(array: Int32Array, index: number): number {
  return array[index] as number;
}
