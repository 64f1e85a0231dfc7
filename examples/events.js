// Events: addEventListener listens for one type, onEvent gets all of them.
import { EventType, resilient } from 'holdfast';

async function getUser(id) {
  return { id, name: 'Alice' };
}

const all = [];
const getCachedUser = resilient(getUser, {
  cache: true,
  onEvent: (event) => all.push(event.type),
});

getCachedUser.addEventListener(EventType.CACHE_HIT, (event) => {
  console.log(`Cache hit for ${event.functionName}`);
});
getCachedUser.addEventListener(EventType.CACHE_MISS, (event) => {
  console.log(`Cache miss for ${event.functionName}`);
});
getCachedUser.addEventListener(
  EventType.SUCCESS,
  ({ functionName, duration }) => {
    console.log(`${functionName} ran for ${duration < 1 ? 'less' : 'more'} than a second`);
  },
  { once: true },
);

await getCachedUser(42);
await getCachedUser(42);
await getCachedUser(99);
console.log(all.join(', '));
