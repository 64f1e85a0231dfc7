let paths = 0;

/**
 * Pages of the server of tests/support/http-server.js, seen from any runtime.
 * @param base the URL of the server
 */
export function pagesAt(base) {
  const ask = async (control, query) => {
    const response = await fetch(`${base}/-/${control}?${new URLSearchParams(query)}`);
    return response.json();
  };
  return {
    /**
     * A new page that gives these answers in turn, and then repeats the last one. An answer is a text, a
     * status, or an object described in http-answer.js. Without arguments, each answer has its number.
     */
    page(...answers) {
      const path = `/page-${++paths}`;
      const scripts = (answers.length === 0 ? [{}] : answers).map(script);
      const query = new URLSearchParams({ answers: JSON.stringify(scripts) });
      return {
        path,
        url: `${base}${path}?${query}`,
        /** The requests for the page up to now. */
        log: () => ask('log', { path }),
        /** The number of requests up to now. */
        count: async () => (await ask('log', { path })).length,
        /** Resolves once the server has got this many requests. */
        asked: (requests = 1) => ask('log', { path, requests }),
        /** Resolves once clients have aborted this many requests. */
        aborted: (aborted = 1) => ask('log', { path, aborted }),
        /** Opens a gate for the answers that wait at it, and for later ones. */
        open: (gate) => ask('open', { path, gate }),
      };
    },
    /** Aborts all answers in progress. */
    end: () => ask('end', {}),
  };
}

function script(answer) {
  if (typeof answer === 'string') return { body: answer };
  return typeof answer === 'number' ? { status: answer } : answer;
}
