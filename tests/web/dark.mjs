// Every page in the dark theme, from a phone to a wide screen.
import { done, inTheme } from './_everywhere.mjs';

await inTheme('dark');
await done();
