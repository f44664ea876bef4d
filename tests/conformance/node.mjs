// Runs the suite in Node's WASI 0.1: node --no-warnings node.mjs SUITE.wasm [ARGUMENT]...

import { readFile } from "node:fs/promises";
import { argv, env, exit } from "node:process";
import { WASI } from "node:wasi";

const [suite, ...args] = argv.slice(2);
const wasi = new WASI({ version: "preview1", args: [suite, ...args], env });
// By the name that the guest has for it: `getImportObject` is not there before Node 20.
const module = await WebAssembly.compile(await readFile(suite));
exit(wasi.start(await WebAssembly.instantiate(module, { wasi_snapshot_preview1: wasi.wasiImport })));
