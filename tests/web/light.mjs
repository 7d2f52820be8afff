// Every page in the light theme, from a phone to a wide screen.
import { done, inTheme } from './_everywhere.mjs';

await inTheme('light');
await done();
