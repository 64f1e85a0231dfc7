let paths = 0;

/**
 * Pages of the server of tests/support/http-server.js, seen from any runtime.
 * @param base where the server is
 */
export function pagesAt(base) {
  const ask = async (control, query) => {
    const response = await fetch(`${base}/-/${control}?${new URLSearchParams(query)}`);
    return response.json();
  };
  return {
    /**
     * A page of its own that gives these answers in turn, and the last one ever after: text, a
     * status, or what http-answer.js describes. Without any, each answer tells its number.
     */
    page(...answers) {
      const path = `/page-${++paths}`;
      const scripts = (answers.length === 0 ? [{}] : answers).map(script);
      const query = new URLSearchParams({ answers: JSON.stringify(scripts) });
      return {
        path,
        url: `${base}${path}?${query}`,
        /** What the server was asked up to now. */
        log: () => ask('log', { path }),
        /** How often it was asked up to now. */
        count: async () => (await ask('log', { path })).length,
        /** Resolves once the server has got this many requests. */
        asked: (requests = 1) => ask('log', { path, requests }),
        /** Resolves once clients have called off this many requests. */
        aborted: (aborted = 1) => ask('log', { path, aborted }),
        /** Lets answers go on that wait at this gate, and those that come to it later. */
        open: (gate) => ask('open', { path, gate }),
      };
    },
    /** Breaks off what is still being answered. */
    end: () => ask('end', {}),
  };
}

function script(answer) {
  if (typeof answer === 'string') return { body: answer };
  return typeof answer === 'number' ? { status: answer } : answer;
}
