// A first cached function: wrap a function that fetches, and call it as before.
import { once } from 'node:events';
import { createServer } from 'node:http';
import { resilient } from 'holdfast';

// Stands in for https://api.example.com, so that this runs anywhere.
let requests = 0;
const server = createServer((_request, response) => {
  requests++;
  response.end(JSON.stringify({ city: 'Oslo', degrees: 21 }));
});
await once(server.listen(0, '127.0.0.1'), 'listening');
const api = `http://127.0.0.1:${server.address().port}`;

async function fetchWeather(city) {
  const response = await fetch(`${api}/weather/${city}`);
  // Returned values are cached, thrown errors are not: throw for a bad status.
  if (!response.ok) throw new Error(`${response.status} for ${city}`);
  // Return the data instead of the response: a body can be read only once, a cached result many times.
  return response.json();
}

const getWeather = resilient(fetchWeather, { cache: { ttl: '5m' } });

console.log(await getWeather('Oslo'));
console.log(await getWeather('Oslo'));
console.log(`${requests} request`);

server.close();
