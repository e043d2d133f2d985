// Ways of listing in Node.js, as workers of `fsbench compare --languages`.
//
// It speaks fsbench's worker protocol (src/measure/protocol.rs): one JSON object a line. Names are JavaScript strings, as
// people use them: one that is not UTF-8 arrives with U+FFFD in it and can't be opened again, and the row says so.
'use strict';
const crypto = require('crypto');
const fs = require('fs');

const LETTERS = '?fdlpsbc';

function kindOf(x) {
  if (x.isFile()) return 1;
  if (x.isDirectory()) return 2;
  if (x.isSymbolicLink()) return 3;
  if (x.isFIFO()) return 4;
  if (x.isSocket()) return 5;
  if (x.isBlockDevice()) return 6;
  if (x.isCharacterDevice()) return 7;
  return 0;
}

class Tally {
  constructor() {
    this.entries = 0;
    this.nameBytes = 0;
    this.kinds = [0, 0, 0, 0, 0, 0, 0, 0];
    this.size = 0;
    this.errors = 0;
  }
  entry(below, name, kind, stat) {
    this.entries++;
    this.nameBytes += Buffer.byteLength(name);
    if (kind !== undefined) this.kinds[kind]++;
    if (stat !== undefined) this.size += Number(stat.size);
  }
  error() { this.errors++; }
  answer() {
    return { entries: this.entries, name_bytes: this.nameBytes, kinds: this.kinds, size_bytes: this.size, errors: this.errors };
  }
}

class Digest extends Tally {
  constructor() {
    super();
    this.sum = 0n;
    this.lossy = false;
    this.first = [];
  }
  entry(below, name, kind, stat) {
    super.entry(below, name, kind, stat);
    if (name.includes('\ufffd')) this.lossy = true;
    let fields = below ? below + '/' + name : name;
    if (kind !== undefined) fields += '\0' + LETTERS[kind];
    if (stat !== undefined) {
      let seconds = stat.mtimeNs / 1000000000n, nanos = stat.mtimeNs % 1000000000n;
      if (nanos < 0n) { nanos += 1000000000n; seconds -= 1n; }
      fields += `\0${stat.size}\0${seconds}.${String(nanos).padStart(9, '0')}` +
        `\0${stat.mode.toString(8)}\0${stat.nlink}\0${stat.uid}\0${stat.gid}\0${stat.ino}`;
    }
    this.sum += crypto.createHash('sha256').update(fields).digest().readBigUInt64BE(0);
  }
  error(error) {
    super.error();
    if (String(error.path).includes('\ufffd')) this.lossy = true;
    if (this.first.length < 8) this.first.push(String(error.message));
  }
}

// --- one directory; each returns the names of those to go into

function readdir(path, below, want, sink) {
  for (const name of fs.readdirSync(path)) sink.entry(below, name);
}

function withFileTypes(path, below, want, sink) {
  const dirs = [];
  for (const entry of fs.readdirSync(path, { withFileTypes: true })) {
    const kind = kindOf(entry);
    sink.entry(below, entry.name, kind);
    if (kind === 2) dirs.push(entry.name);
  }
  return dirs;
}

function lstat(path, below, want, sink) {
  const dirs = [];
  const precise = { bigint: want === 'metadata' };
  for (const name of fs.readdirSync(path)) {
    let stat;
    try {
      stat = fs.lstatSync(path + '/' + name, precise);
    } catch (error) {
      sink.error(error);
      continue;
    }
    const kind = kindOf(stat);
    sink.entry(below, name, kind, want === 'metadata' ? stat : undefined);
    if (kind === 2) dirs.push(name);
  }
  return dirs;
}

function opendir(path, below, want, sink) {
  const dirs = [];
  const dir = fs.opendirSync(path);
  try {
    for (let entry; (entry = dir.readSync()) !== null;) {
      const kind = kindOf(entry);
      sink.entry(below, entry.name, kind);
      if (kind === 2) dirs.push(entry.name);
    }
  } finally {
    dir.closeSync();
  }
  return dirs;
}

const flat = one => (root, want, sink) => one(root, '', want, sink);

const recursive = one => (root, want, sink) => {
  const pending = [''];
  while (pending.length > 0) {
    const below = pending.pop();
    let dirs;
    try {
      dirs = one(below ? root + '/' + below : root, below, want, sink);
    } catch (error) {
      if (!below) throw error;
      sink.error(error);
      continue;
    }
    for (const name of dirs) pending.push(below ? below + '/' + name : name);
  }
};

function readdirRecursive(root, want, sink) {
  const skip = root.endsWith('/') ? root.length : root.length + 1;
  for (const entry of fs.readdirSync(root, { recursive: true, withFileTypes: true })) {
    sink.entry((entry.parentPath ?? entry.path).slice(skip), entry.name, kindOf(entry));
  }
}

const STRATEGIES = {
  'node/readdir': flat(readdir),
  'node/readdir+types': flat(withFileTypes),
  'node/readdir+lstat': flat(lstat),
  'node/opendir': flat(opendir),
  'node/walk:readdir+types': recursive(withFileTypes),
  'node/walk:readdir+lstat': recursive(lstat),
  'node/walk:opendir': recursive(opendir),
  'node/readdir-recursive': readdirRecursive,
};

let current = null;

function answer(request) {
  if (request.open) {
    const { strategy, root, want } = request.open;
    current = null;
    if (!STRATEGIES[strategy]) return { unsupported: `this worker has no strategy '${strategy}'` };
    if (typeof root !== 'string') return { unsupported: 'JavaScript strings cannot carry a path that is not UTF-8' };
    const [major, minor] = process.versions.node.split('.').map(Number);
    if (strategy === 'node/readdir-recursive' && (major < 18 || (major === 18 && minor < 17))) {
      return { unsupported: `it came with Node.js 18.17; this is ${process.version}` };
    }
    current = { run: STRATEGIES[strategy], root, want };
    return { opened: { worker: `Node.js ${process.version}` } };
  }
  if (current === null) return { failed: 'nothing is open' };
  const { run, root, want } = current;
  if (request === 'verify') {
    const sink = new Digest();
    run(root, want, sink);
    if (sink.lossy) return { unsupported: 'JavaScript strings cannot carry names that are not UTF-8, and there are some' };
    const digest = (sink.sum % (1n << 64n)).toString(16).padStart(16, '0');
    return { verified: { tally: sink.answer(), digest, errors: sink.first } };
  }
  let sink;
  if (request === 'count') {
    sink = new Tally();
    void process.ppid; // a call of getppid each time it is read: the marks
    run(root, want, sink);
    void process.ppid;
    return { counted: sink.answer() };
  }
  try { fs.writeFileSync('/proc/self/clear_refs', '5'); } catch {}
  const before = process.resourceUsage();
  const start = process.hrtime.bigint();
  for (let i = 0; i < request.sample.iterations; i++) {
    sink = new Tally();
    run(root, want, sink);
  }
  const wall = process.hrtime.bigint() - start;
  const after = process.resourceUsage();
  let peak = null;
  try { peak = Number(/VmHWM:\s*(\d+)/.exec(fs.readFileSync('/proc/self/status', 'utf8'))[1]) * 1024; } catch {}
  const counters = {
    minor_faults: after.minorPageFault - before.minorPageFault,
    major_faults: after.majorPageFault - before.majorPageFault,
    voluntary_switches: after.voluntaryContextSwitches - before.voluntaryContextSwitches,
    involuntary_switches: after.involuntaryContextSwitches - before.involuntaryContextSwitches,
    read_bytes: (after.fsRead - before.fsRead) * 512,
  };
  return {
    sampled: {
      wall_ns: Number(wall),
      user_ns: (after.userCPUTime - before.userCPUTime) * 1000,
      sys_ns: (after.systemCPUTime - before.systemCPUTime) * 1000,
      peak_bytes: peak,
      tally: sink.answer(),
      counters,
    },
  };
}

process.chdir('/');
const chunk = Buffer.alloc(1 << 16);
let input = Buffer.alloc(0);
for (;;) {
  const end = input.indexOf(10);
  if (end < 0) {
    const length = fs.readSync(0, chunk);
    if (length === 0) break;
    input = Buffer.concat([input, chunk.subarray(0, length)]);
    continue;
  }
  const request = JSON.parse(input.subarray(0, end).toString());
  input = input.subarray(end + 1);
  let line;
  try {
    line = answer(request);
  } catch (error) {
    line = { failed: String(error.message) };
  }
  fs.writeSync(1, JSON.stringify(line) + '\n');
}
