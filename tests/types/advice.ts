// What TypeScript says about the live curve.
import { type CacheAdvice, type MissRatioCurve, ResultCache, resilient } from 'holdfast';
import { type AdviceOption, adaptive, advice } from 'holdfast/adaptive';

const option: AdviceOption = advice;
const cache = new ResultCache<number>({ maxSize: 100, advice: option });
const load = resilient(async (id: number) => id, { cache: { policy: adaptive, advice } });

const curve: MissRatioCurve | undefined = cache.missRatioCurve();
const sizes: number[] | undefined = curve?.points.map(({ size, hitRatio }) => size * hitRatio);
const given: CacheAdvice | undefined = load.cache.advice();
const text: string | undefined = given?.text;
const confidence: 'low' | 'medium' | 'high' | undefined = given?.confidence;
console.log(sizes, text, confidence);

// @ts-expect-error it is undefined without the option, and at first
cache.advice().text;
// @ts-expect-error the curve is read-only
curve?.points.push({ size: 1, hitRatio: 1 });
// @ts-expect-error a flag is no advice
new ResultCache({ advice: true });
// @ts-expect-error nor is a policy
new ResultCache({ advice: adaptive });
// @ts-expect-error advice is no policy
new ResultCache({ policy: advice });
