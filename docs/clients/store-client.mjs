// A store's client in one file, written from docs/store-protocol.md alone. Needs Node 20 and nothing else.
//   node store-client.mjs catch-up STATE.json     PORTAL, STORE, TOKEN and KEY in the environment
//   node store-client.mjs decide STATE.json       questions on standard input, a JSON object a line; answers likewise
//   node store-client.mjs vectors FILE.json       checks the test vectors
import { createHash, createPublicKey, verify } from "node:crypto";
import { closeSync, existsSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from "node:fs";
import { createInterface } from "node:readline";

const SKEW = 5 * 60 * 1000;
const KINDS = "interview transcript audio video photo medical court official open_source analysis".split(" ");
const sha256 = (...parts) => createHash("sha256").update(Buffer.concat(parts.map((p) => Buffer.from(p)))).digest();
const decode64 = (text) => {
  const raw = Buffer.from(text, "base64");
  insist(raw.toString("base64") === text, "forged", "not base64");
  return raw;
};

class Lie extends Error {}
const insist = (holds, code, what) => {
  if (!holds) throw Object.assign(new Lie(what), { code });
};

function canonical(value) {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (value !== null && typeof value === "object") {
    const names = Object.keys(value).sort();
    return `{${names.map((name) => `${JSON.stringify(name)}:${canonical(value[name])}`).join(",")}}`;
  }
  insist(typeof value !== "number" || Number.isSafeInteger(value), "forged", "a fraction");
  return JSON.stringify(value);
}
const digest = (value) => sha256(canonical(value)).toString("hex");

function parseKey(text) {
  const [name, hash, ...rest] = text.trim().split("+");
  const raw = decode64(rest.join("+"));
  const id = sha256(name, "\n", raw).subarray(0, 4);
  insist(raw[0] === 1 && raw.length === 33 && id.toString("hex") === hash, "forged", "not a verifier key");
  const jwk = { kty: "OKP", crv: "Ed25519", x: raw.subarray(1).toString("base64url") };
  return { name, id: hash, text: text.trim(), key: createPublicKey({ key: jwk, format: "jwk" }) };
}

function split(note) {
  const end = note.lastIndexOf("\n\n");
  insist(end >= 0 && note.endsWith("\n"), "forged", "not a note");
  const signatures = note.slice(end + 2, -1).split("\n").map((line) => {
    const found = /^— ([^\s+]+) ([A-Za-z0-9+/=]+)$/.exec(line);
    insist(found, "forged", "malformed signature line");
    const raw = decode64(found[2]);
    return { name: found[1], id: raw.subarray(0, 4).toString("hex"), signature: raw.subarray(4) };
  });
  return { text: note.slice(0, end + 1), signatures };
}

function open(note, key) {
  const { text, signatures } = split(note);
  const own = signatures.find((each) => each.name === key.name && each.id === key.id);
  insist(own && verify(null, Buffer.from(text), key.key, own.signature), "forged", "not signed by a known key");
  return text;
}

function fields(text, heading, names) {
  const lines = text.split("\n");
  insist(lines[0] === heading && lines.length === names.length + 2 && lines.at(-1) === "", "forged", "another statement");
  return Object.fromEntries(names.map((name, place) => {
    insist(lines[place + 1].startsWith(`${name} `), "forged", "another statement");
    return [name, lines[place + 1].slice(name.length + 1)];
  }));
}

function trusted(pinnedText, statements) {
  const pinned = parseKey(pinnedText);
  const known = new Map();
  for (const statement of statements) {
    try {
      const voucher = known.get(split(statement).signatures[0].id);
      const lines = open(statement, voucher ? voucher.key : pinned).split("\n");
      if (lines[0] !== "zhoda/key/v1" || lines.length !== 5) continue;
      const vouched = { key: parseKey(lines[1]), since: Date.parse(lines[2]), until: Date.parse(lines[3]) };
      const inTime = voucher && voucher.since <= vouched.since && vouched.since <= voucher.until;
      if (vouched.key.name === pinned.name && (inTime || vouched.key.text === pinned.text)) known.set(vouched.key.id, vouched);
    } catch (error) {
      if (!(error instanceof Lie)) throw error;
    }
  }
  return { name: pinned.name, known };
}

function openTrusted(note, trust) {
  const believed = trust.known.get(split(note).signatures[0].id);
  insist(believed, "forged", "signed by an unknown key");
  return { text: open(note, believed.key), believed };
}

const node = (left, right) => sha256(Buffer.from([1]), left, right);

function consistent(first, old, second, now, path) {
  insist(0 <= first && first <= second, "rewound", "the log has become smaller");
  if (first === 0 || first === second) {
    const same = path.length === 0 && (first === second ? old.equals(now) : old.equals(sha256("")));
    return insist(same, "forked", "the log is not the same");
  }
  const steps = (first & (first - 1)) === 0 ? [old, ...path] : [...path];
  insist(steps.length, "forked", "the proof is empty");
  let [position, last] = [first - 1, second - 1];
  while (position % 2) [position, last] = [Math.floor(position / 2), Math.floor(last / 2)];
  let [was, is] = [steps[0], steps[0]];
  for (const step of steps.slice(1)) {
    insist(last, "forked", "the proof is too long");
    if (position % 2 || position === last) {
      [was, is] = [node(step, was), node(step, is)];
      while (position % 2 === 0 && position) [position, last] = [Math.floor(position / 2), Math.floor(last / 2)];
    } else is = node(is, step);
    [position, last] = [Math.floor(position / 2), Math.floor(last / 2)];
  }
  insist(last === 0 && was.equals(old) && is.equals(now), "forked", "the log does not continue the one known");
}

const PAGE = ["origin", "store", "after", "next", "head", "changes", "chain", "issued", "size", "root"];

async function believe(page, state, trust, store, sent, received, proof) {
  const { text, believed } = openTrusted(page.checkpoint.page, trust);
  const said = fields(text, "zhoda/page/v1", PAGE);
  for (const name of ["after", "next", "head", "size"]) {
    insist(/^\d+$/.test(said[name]), "forged", "not a number");
    said[name] = Number(said[name]);
  }
  inTime(said.issued, state.issued, believed, sent, received);
  insist(said.origin === trust.name, "other_portal", "another portal's page");
  insist(said.store === store, "other_store", "another store's page");
  insist(said.head >= state.head, "rewound", "the feed has become shorter");
  insist(said.after === state.cursor, "repeated", "not the page that was asked for");
  const whole = page.changes.every((change, place) => change.cursor === said.after + 1 + place);
  const ends = page.changes.length === said.next - said.after && page.next === said.next && said.next <= said.head;
  const goesOn = page.more === said.next < said.head && !(said.after === said.next && said.next < said.head);
  insist(whole && ends && goesOn, "gap", "its cursors are not all those that follow");
  insist(page.checkpoint.rows.length === page.changes.length, "forged", "not a row for each change");
  let chain = decode64(state.chain);
  page.changes.forEach(({ cursor, ...content }, place) => {
    const row = page.checkpoint.rows[place];
    const commitment = content.kind === "erased" ? decode64(row.commitment) : sha256(decode64(row.salt), canonical(content));
    const number = Buffer.alloc(8);
    number.writeBigUInt64BE(BigInt(cursor));
    chain = sha256(chain, number, commitment);
  });
  insist(said.changes === digest(page.changes) && said.chain === chain.toString("base64"), "forged", "other changes than were signed");
  const checkpoint = `${trust.name}\n${said.size}\n${said.root}\n`;
  const noted = openTrusted(page.checkpoint.note, trust);
  const shown = page.checkpoint.size === said.size && page.checkpoint.root === said.root;
  insist(noted.text === checkpoint && noted.believed === believed && shown, "forged", "another checkpoint than was signed");
  insist(said.size >= state.size, "rewound", "the log has become smaller");
  const path = 0 < state.size && state.size < said.size ? await proof(state.size, said.size) : [];
  consistent(state.size, decode64(state.root), said.size, decode64(said.root), path.map(decode64));
  return said;
}

function inTime(issuedText, last, believed, sent, received) {
  const issued = Date.parse(issuedText);
  insist(last === null || issuedText > last, "frozen", "not newer than what was believed before");
  insist(sent - SKEW <= issued && issued <= received + SKEW, "frozen", "not issued when it was asked for");
  insist(believed.since <= issued && issued <= believed.until, "expired_key", "its key was not valid then");
}

const emptyState = () => ({
  cursor: 0, chain: Buffer.alloc(32).toString("base64"), head: 0, size: 0, root: sha256("").toString("base64"), issued: null,
  knownAt: null, distrust: null, keys: [], catalogue: null, items: {}, answers: {},
});

function takeIn(state, page, said, received) {
  for (const change of page.changes) {
    if (change.kind === "answer") state.answers[`${change.subject} ${change.scope}`] = change;
    else if (change.kind === "item") state.items[change.item] = change;
    else insist(["catalogue", "erased"].includes(change.kind), "forged", "a kind the protocol does not have");
  }
  Object.assign(state, { cursor: said.next, chain: said.chain, head: said.head, size: said.size, root: said.root, issued: said.issued });
  if (said.next === said.head) state.knownAt = Math.min(Date.parse(said.issued), received);
}

const RANK = { permit: 0, ask: 1, deny: 2 };
const IDENTITIES = ["named", "pseudonymised", "anonymised"];

const endOf = (until) =>
  /^\d{4}-\d\d-\d\d$/.test(until) ? Date.parse(`${until}T00:00:00Z`) + 24 * 3600 * 1000 : Date.parse(until);
function judge(person, told, { scope, recipient }, now) {
  const covered = person.basis_scopes.includes(scope);
  const code = told?.code ?? "no_consent";
  if (code === "no_consent") return covered ? ["permit", "lawful_basis"] : ["deny", "no_consent"];
  if (code === "objected") return ["deny", covered ? "objected" : "no_consent"];
  if (code !== "granted" && code !== "ask_first") return ["deny", code];
  const answer = told.answer;
  const { only_recipients: only, except_recipients: except, except_kinds: kinds, valid_until: until } = answer;
  if (until !== null && !(now < endOf(until))) return ["deny", "expired"];
  if (except.includes(recipient) || (only.length && !only.includes(recipient))) return ["deny", "recipient_excluded"];
  if (kinds.length && person.kinds.some((kind) => kinds.includes(kind) || !KINDS.includes(kind)))
    return ["deny", "kind_excluded"];
  if (answer.answer === "ask_first") return ["ask", "ask_first"];
  return ["permit", "granted", answer.identity];
}

function may(state, question, now = Date.now(), staleness = 5 * 60 * 1000) {
  const refuse = (code) => ({ outcome: "deny", identity: null, codes: [code] });
  if (state.distrust) return refuse("distrusted");
  if (state.knownAt === null || now - state.knownAt > staleness || state.knownAt - now > SKEW) return refuse("stale");
  if (state.cursor < state.head) return refuse("behind");
  const item = state.items[question.item];
  if (!item) return refuse("unknown_item");
  const verdicts = Object.entries(item.subjects).map(([subject, person]) =>
    judge(person, state.answers[`${subject} ${question.scope}`], question, now));
  if (item.code) verdicts.unshift([item.code === "no_data_subject" ? "permit" : "deny", item.code]);
  if (!verdicts.length) return refuse("subjects_not_established");
  const outcome = verdicts.map(([each]) => each).reduce((a, b) => (RANK[a] >= RANK[b] ? a : b));
  const rank = Math.max(0, ...verdicts.map(([, , identity]) => IDENTITIES.indexOf(identity)));
  const codes = verdicts.filter(([each]) => each === outcome).map(([, code]) => code).sort();
  return { outcome, identity: outcome === "permit" && rank > 0 ? IDENTITIES[rank] : null, codes };
}

async function call(path, options = {}) {
  const headers = { Authorization: `Bearer ${process.env.TOKEN}`, "Content-Type": "application/json" };
  const answer = await fetch(`${process.env.PORTAL}/api/v1${path}`, { headers, redirect: "error", ...options });
  if (answer.status === 204) return null;
  const value = await answer.json();
  if (answer.ok) return value;
  throw Object.assign(new Error(`${answer.status} ${value.title}`), { type: String(value.type).split("/").at(-1) });
}

async function trustOf(state, note) {
  let trust = trusted(process.env.KEY, state.keys);
  if (!trust.known.has(split(note).signatures[0].id)) {
    state.keys = [...new Set([...state.keys, ...(await call("/log/keys")).keys])];
    trust = trusted(process.env.KEY, state.keys);
  }
  return trust;
}

async function step(state) {
  const sent = Date.now();
  const page = await call(`/changes?after=${state.cursor}&limit=1000`).catch((error) => {
    insist(error.type !== "beyond-the-end", "rewound", "changes it sent before are unknown now");
    throw error;
  });
  const received = Date.now();
  const trust = await trustOf(state, page.checkpoint.page);
  const proof = async (first, second) => (await call(`/log/proof/consistency?first=${first}&second=${second}`)).path;
  const said = await believe(page, state, trust, process.env.STORE, sent, received, proof);
  takeIn(state, page, said, received);
  return said.next < said.head;
}

function keep(file, state) {
  const descriptor = openSync(`${file}.new`, "w", 0o600);
  writeSync(descriptor, JSON.stringify(state));
  fsyncSync(descriptor);
  closeSync(descriptor);
  renameSync(`${file}.new`, file);
}

async function catchUp(file) {
  const state = existsSync(file) ? JSON.parse(readFileSync(file)) : emptyState();
  insist(!state.distrust, "distrusted", state.distrust);
  try {
    for (let more = true; more; keep(file, state)) more = await step(state);
  } catch (error) {
    if (error instanceof Lie) keep(file, { ...(existsSync(file) ? JSON.parse(readFileSync(file)) : emptyState()), distrust: error.code });
    throw error;
  }
  await call("/changes/ack", { method: "POST", body: JSON.stringify({ cursor: state.cursor, applied_at: new Date().toISOString() }) });
}

async function vectors(file) {
  const { canonical: texts, pages, trust, decisions } = JSON.parse(readFileSync(file));
  for (const { value, bytes, sha256: hex } of texts)
    insist(Buffer.from(canonical(value)).toString("base64") === bytes && digest(value) === hex, "vector", "canonical bytes");
  for (const { name, page, state, asked_at: asked, path, believed } of pages) {
    const at = Date.parse(asked);
    const held = { ...emptyState(), ...state };
    const outcome = await believe(page, held, trusted(trust.pinned, trust.statements), trust.store, at, at, () => path)
      .then((said) => takeIn(held, page, said, at), (lie) => lie.code);
    insist(outcome === (believed === true ? undefined : believed), "vector", `${name}: ${outcome}`);
  }
  for (const { name, state, question, at, expected } of decisions) {
    const decided = may({ ...emptyState(), ...state, knownAt: Date.parse(at) }, question, Date.parse(at));
    insist(canonical(decided) === canonical(expected), "vector", `${name}: ${canonical(decided)}`);
  }
  console.log(`${texts.length + pages.length + decisions.length} vectors hold`);
}

async function decideAll(file) {
  const state = JSON.parse(readFileSync(file));
  for await (const line of createInterface({ input: process.stdin })) console.log(JSON.stringify(may(state, JSON.parse(line))));
}

const commands = { "catch-up": catchUp, decide: decideAll, vectors };
const [command, file] = process.argv.slice(2);
if (command in commands) {
  commands[command](file).catch((error) => {
    console.error(`${error.code ?? "error"}: ${error.message}`);
    process.exitCode = error instanceof Lie ? 3 : 1;
  });
}
