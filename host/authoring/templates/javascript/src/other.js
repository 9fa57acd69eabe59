// {{description}}
import { {{interfaceCamel}} } from './proxbox-sdk.js';

// `usual` is what the next mapper made, at the end of the chain the built-in one. Change a field of it with
// `usual.set({ description: '…' })`, or leave the object out with `skip('…')`.
{{interfaceCamel}}.wrap((cx, fact, usual) => usual);
