"""Verifies a server's ledger from outside; see conformance/ledger.

Everything up to `class Log` is written from the specifications and shares nothing with the program.
"""

import base64
import hashlib
import json
import os
import random
import signal
import struct
import subprocess
import sys
import time
import urllib.error
import urllib.request
import uuid

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

KEY, SECRET = "conformance-key", "conformance-secret-long-enough"
# How many statements the log has at each stage: inside one tile, over some, over a tile of level 1.
STAGES = [200, 1_000, 66_000]
BATCH = 500


# ---- RFC 6962 section 2.1 and RFC 9162 section 2.1


def leaf_hash(entry):
    return hashlib.sha256(b"\0" + entry).digest()


def node_hash(left, right):
    return hashlib.sha256(b"\1" + left + right).digest()


def tree_hash(hashes):
    """MTH over leaf hashes, level by level."""
    if not hashes:
        return hashlib.sha256(b"").digest()
    while len(hashes) > 1:
        pairs = [node_hash(a, b) for a, b in zip(hashes[::2], hashes[1::2])]
        hashes = pairs + hashes[len(pairs) * 2 :]
    return hashes[0]


def root_from_inclusion(leaf, index, size, proof):
    """RFC 9162 section 2.1.3.2; None when the proof has the wrong length."""
    node, last, result = index, size - 1, leaf
    for sibling in proof:
        if last == 0:
            return None
        if node % 2 == 1 or node == last:
            result = node_hash(sibling, result)
            while node % 2 == 0 and node != 0:
                node, last = node >> 1, last >> 1
        else:
            result = node_hash(result, sibling)
        node, last = node >> 1, last >> 1
    return result if last == 0 else None


def is_consistent(old_size, old_root, new_size, new_root, proof):
    """RFC 9162 section 2.1.4.2."""
    if old_size == new_size:
        return not proof and old_root == new_root
    path = ([old_root] if old_size & (old_size - 1) == 0 else []) + proof
    node, last = old_size - 1, new_size - 1
    while node % 2 == 1:
        node, last = node >> 1, last >> 1
    if not path:
        return False
    old = new = path[0]
    for sibling in path[1:]:
        if last == 0:
            return False
        if node % 2 == 1 or node == last:
            old, new = node_hash(sibling, old), node_hash(sibling, new)
            while node % 2 == 0 and node != 0:
                node, last = node >> 1, last >> 1
        else:
            new = node_hash(new, sibling)
        node, last = node >> 1, last >> 1
    return last == 0 and old == old_root and new == new_root


# ---- C2SP signed-note and tlog-checkpoint


def decoded(text):
    """Base64 as RFC 4648 writes it: unused bits that are set would be another text of the same bytes."""
    data = base64.b64decode(text, validate=True)
    assert base64.b64encode(data).decode() == text, "not canonical base64"
    return data


def read_key(vkey):
    name, number, data = vkey.split("+", 2)
    data = decoded(data)
    assert data[0] == 1 and len(data) == 33, "not an Ed25519 key"
    expected = hashlib.sha256(name.encode() + b"\n" + data).digest()[:4]
    assert number == expected.hex(), "the key's number is wrong"
    return name, expected, Ed25519PublicKey.from_public_bytes(data[1:])


def read_checkpoint(note, vkey):
    """The origin, size and root that a note with a signature by this key vouches for."""
    name, number, key = read_key(vkey)
    text, _, lines = note.rpartition("\n\n")
    text += "\n"
    for line in lines.splitlines():
        dash, signer, blob = line.split(" ")
        blob = decoded(blob)
        if (dash, signer, blob[:4]) == ("\u2014", name, number):
            key.verify(blob[4:], text.encode())
            origin, size, root = text.splitlines()[:3]
            assert origin == name, "the key is not the log's"
            return origin, int(size), decoded(root)
    raise AssertionError("not signed by the key")


# ---- C2SP tlog-tiles


def tile_name(level, index, width):
    groups = [f"{index % 1000:03}"]
    while index >= 1000:
        index //= 1000
        groups.insert(0, f"x{index % 1000:03}")
    part = f".p/{width}" if width < 256 else ""
    return f"tile/{level}/{'/'.join(groups)}{part}"


def tiles_of(size):
    """Level, index and width of every tile of a tree."""
    level, count = 0, size
    while count:
        for index in range((count + 255) // 256):
            yield level, index, min(256, count - index * 256)
        level, count = level + 1, count // 256


def unbundle(data):
    entries = []
    while data:
        (length,) = struct.unpack(">H", data[:2])
        assert len(data) >= 2 + length, "an entry is cut off"
        entries.append(data[2 : 2 + length])
        data = data[2 + length :]
    return entries


# ---- The server


class Server:
    def __init__(self, program, work, backend):
        self.environment = {
            name: value for name, value in os.environ.items() if not name.startswith("ATTESTRY_")
        }
        self.environment |= {
            "ATTESTRY_DATA": os.path.join(work, backend),
            "ATTESTRY_LISTEN": "127.0.0.1:0",
            "ATTESTRY_CONTENT_LISTEN": "127.0.0.1:0",
            "ATTESTRY_API_KEY": KEY,
            "ATTESTRY_API_SECRET": SECRET,
            "ATTESTRY_LOG": "warn",
            # aics-tlog sends no credentials; that entries need them otherwise is tested elsewhere.
            "ATTESTRY_LEDGER_ENTRIES_PUBLIC": "true",
        }
        self.database = None
        if backend == "postgres":
            server = os.environ["ATTESTRY_TEST_POSTGRES"]
            name = f"attestry_ledger_{os.getpid()}"
            self.database = (server, name)
            self.sql(f"CREATE DATABASE {name}")
            self.environment["ATTESTRY_DATABASE_URL"] = f"{server.rpartition('/')[0]}/{name}"
        self.program = program
        self.process = subprocess.Popen([program], env=self.environment, stdout=subprocess.PIPE, text=True)
        for line in self.process.stdout:
            if line.startswith("listening on") and "(main)" in line:
                self.address = line.split()[2]
                break
        else:
            raise SystemExit("the server did not start")
        self.opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

    def sql(self, text):
        subprocess.run(["psql", "-q", self.database[0], "-c", text], check=True)

    def fetch(self, path, body=None, **headers):
        request = urllib.request.Request(self.address + path, data=body)
        token = base64.b64encode(f"{KEY}:{SECRET}".encode()).decode()
        headers = {"Authorization": f"Basic {token}"} | {
            name.replace("_", "-"): value for name, value in headers.items()
        }
        for name, value in headers.items():
            request.add_header(name, value)
        with self.opener.open(request, timeout=120) as answer:
            return answer.read()

    def json(self, path, body=None, **headers):
        return json.loads(self.fetch(path, body, **headers))

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(30)
        if self.database:
            self.sql(f"DROP DATABASE {self.database[1]} WITH (FORCE)")


def store(server, count, dice):
    """Stores statements of different kinds; their ids."""
    ids = []
    for begin in range(0, count, BATCH):
        statements = []
        for _ in range(min(BATCH, count - begin)):
            statement = {
                "id": str(uuid.UUID(int=dice.getrandbits(128), version=4)),
                "actor": {"mbox": f"mailto:p{dice.randrange(50)}@people.example"},
                "verb": {"id": "http://adlnet.gov/expapi/verbs/" + dice.choice(["passed", "failed"])},
                "object": {"id": f"https://example.com/{dice.randrange(99)}"},
            }
            if dice.random() < 0.5:
                statement["result"] = {"score": {"scaled": dice.randrange(101) / 100}}
            if dice.random() < 0.3:
                statement["verb"] = {"id": "https://elsewhere.example/mailto:ann@example.com"}
            statements.append(statement)
        body = json.dumps(statements).encode()
        headers = {"Content_Type": "application/json", "X_Experience_API_Version": "1.0.3"}
        ids += server.json("/xapi/statements", body, **headers)
    return ids


# ---- The checks


class Checks:
    def __init__(self, backend):
        self.backend, self.passed, self.failed = backend, 0, 0

    def __call__(self, name, check):
        try:
            outcome = check()
        except Exception as error:  # whatever goes wrong is a failed check, with its reason
            outcome, name = False, f"{name}: {type(error).__name__}: {error}"
        good = outcome is not False
        self.passed, self.failed = self.passed + good, self.failed + (not good)
        print(f"{'ok     ' if good else 'FAILED '} {self.backend}: {name}", flush=True)
        return outcome


class Log:
    """The log as it is published at one moment."""

    def __init__(self, server, base, vkey):
        self.note = server.fetch(f"{base}/checkpoint").decode()
        self.origin, self.size, self.root = read_checkpoint(self.note, vkey)
        self.tiles = {}
        self.leaves, self.entries = [], []
        for level, index, width in tiles_of(self.size):
            data = server.fetch(f"{base}/{tile_name(level, index, width)}")
            assert len(data) == 32 * width, "a tile has the wrong length"
            self.tiles[level, index] = [data[at : at + 32] for at in range(0, len(data), 32)]
            if level == 0:
                self.leaves += self.tiles[level, index]
                name = tile_name("entries", index, width)
                self.entries += unbundle(server.fetch(f"{base}/{name}"))


def every_tile_is_the_hash_of_those_below(log):
    for (level, index), hashes in log.tiles.items():
        for place, value in enumerate(hashes):
            if level and value != tree_hash(log.tiles[level - 1, index * 256 + place]):
                return False
    return [leaf_hash(entry) for entry in log.entries] == log.leaves


def record_is_proved(server, log, statement, vkey):
    proof = server.json(f"/api/v1/statements/{statement}/proof")
    path = f"/xapi/statements?statementId={statement}&format=exact"
    stored = server.fetch(path, X_Experience_API_Version="1.0.3")
    body = proof["statement"].encode()
    assert body == stored, "the proof's statement is not the stored one"
    entry = json.loads(proof["entry"])
    salt = base64.b64decode(proof["statement_salt"], validate=True)
    committed = base64.b64encode(hashlib.sha256(salt + body).digest()).decode()
    assert entry["body"] == committed, "the entry does not commit to the statement"
    actor = base64.b64decode(proof["actor_salt"], validate=True)
    who = json.loads(body)["actor"]["mbox"]
    who = who.replace("mailto:", "mbox:", 1)
    pseudonym = base64.b64encode(hashlib.sha256(actor + who.encode()).digest()).decode()
    assert entry["actor"] == pseudonym, "the entry does not commit to the actor"
    assert "people.example" not in proof["entry"] and "ann@" not in proof["entry"], "a name"
    _, size, root = read_checkpoint(proof["checkpoint"], vkey)
    hashes = [base64.b64decode(text, validate=True) for text in proof["hashes"]]
    leaf = leaf_hash(proof["entry"].encode())
    assert log.leaves[proof["index"]] == leaf, "the entry is not the published one"
    return root_from_inclusion(leaf, proof["index"], size, hashes) == root


def text_proof_is_proved(server, statement, vkey):
    text = server.fetch(f"/api/v1/statements/{statement}/proof", Accept="text/plain").decode()
    head, _, checkpoint = text.partition("\n\n")
    lines = head.split("\n")
    assert lines[0] == "c2sp.org/tlog-proof@v1" and lines[1].startswith("extra ")
    index = int(lines[2].removeprefix("index "))
    _, size, root = read_checkpoint(checkpoint, vkey)
    leaf = leaf_hash(base64.b64decode(lines[1][6:], validate=True))
    hashes = [base64.b64decode(line, validate=True) for line in lines[3:]]
    return root_from_inclusion(leaf, index, size, hashes) == root


def begins_with(server, old, new, vkey):
    proof = server.json(f"/api/v1/ledger/consistency?from={old.size}&to={new.size}")
    assert read_checkpoint(proof["from"]["checkpoint"], vkey)[2] == old.root
    hashes = [base64.b64decode(text, validate=True) for text in proof["hashes"]]
    return is_consistent(old.size, old.root, new.size, new.root, hashes)


def is_refused(note, vkey):
    """A note of which any one character is another one does not verify."""
    for at in range(len(note) - 1):
        changed = note[:at] + chr(ord(note[at]) ^ 1) + note[at + 1 :]
        try:
            read_checkpoint(changed, vkey)
            return False
        except (InvalidSignature, AssertionError, ValueError):
            pass
    return True


def by_the_program(server, work, statement, vkey):
    proof = server.fetch(f"/api/v1/statements/{statement}/proof")
    path = os.path.join(work, "proof.json")
    codes = []
    for data in [proof, proof.replace(b'"index":', b'"index":1')]:
        with open(path, "wb") as file:
            file.write(data)
        command = [server.program, "verify", path, "--key", vkey]
        codes.append(subprocess.run(command, capture_output=True, env={}).returncode)
    return codes == [0, 1]


def by_aics_tlog(check, server, base, old, new, vkey, dice):
    try:
        import aics_tlog
    except ImportError:
        print("skipped: aics-tlog is not installed")
        return
    key = aics_tlog.parse_vkey(vkey)
    reader = aics_tlog.HttpTileReader(f"{server.address}{base}/", proxies={})
    note = aics_tlog.parse_note(new.note)
    verified = lambda: aics_tlog.verify_checkpoint(note, key, expected_origin=new.origin).ok
    check(f"aics-tlog verifies the checkpoint of {new.size}", verified)
    audited = lambda: aics_tlog.audit_tiles(reader, new.size, new.root).size == new.size
    check(f"aics-tlog authenticates every tile and bundle of {new.size}", audited)

    def consistent():
        api = server.json(f"/api/v1/ledger/consistency?from={old.size}&to={new.size}")
        api = [base64.b64decode(text) for text in api["hashes"]]
        theirs = aics_tlog.consistency_proof_from_tiles(reader, old.size, new.size)
        good = aics_tlog.verify_consistency(old.size, new.size, old.root, new.root, api)
        return theirs == api and good

    check(f"aics-tlog proves from tiles that {old.size} begins {new.size}, as the API does", consistent)

    def included():
        for index in [0, new.size - 1] + [dice.randrange(new.size) for _ in range(10)]:
            proof = aics_tlog.inclusion_proof_from_tiles(reader, index, new.size)
            entry = new.entries[index]
            if not aics_tlog.verify_leaf_inclusion(entry, index, new.size, proof, new.root):
                return False
        return True

    check(f"aics-tlog proves entries of {new.size} from tiles", included)


def run(program, work, backend, dice):
    check, server = Checks(backend), Server(program, work, backend)
    try:
        about = server.json("/api/v1/ledger")
        base, vkey = about["address"], about["keys"][-1]["key"]
        old, ids = None, []
        for stage in STAGES:
            ids += store(server, stage - len(ids), dice)
            time.sleep(1.1)  # a checkpoint is followed by another after a second
            new = check(f"{stage} statements: the checkpoint's signature", lambda: Log(server, base, vkey))
            if new is False:
                break
            check(f"{new.size} entries give the signed root", lambda: tree_hash(new.leaves) == new.root)
            check("every tile is the hash of those below", lambda: every_tile_is_the_hash_of_those_below(new))
            some = [ids[0], ids[-1]] + dice.sample(ids, 8)
            proved = lambda: all(record_is_proved(server, new, one, vkey) for one in some)
            check(f"{len(some)} statements are proved to be there, byte for byte", proved)
            check("a proof as text", lambda: text_proof_is_proved(server, ids[stage // 2], vkey))
            if old:
                check(f"{old.size} entries begin {new.size}", lambda: begins_with(server, old, new, vkey))
                by_aics_tlog(check, server, base, old, new, vkey, dice)
            old = new
        check("no changed checkpoint verifies", lambda: is_refused(old.note, vkey))
        check("attestry verify agrees", lambda: by_the_program(server, work, ids[7], vkey))
    finally:
        server.stop()
    return check


def main():
    program, work, *backends = sys.argv[1:]
    seed = int(os.environ.get("ATTESTRY_TEST_SEED", random.randrange(1 << 32)))
    print(f"seed {seed}")
    passed = failed = 0
    for backend in backends or ["sqlite", "postgres"]:
        if backend == "postgres" and "ATTESTRY_TEST_POSTGRES" not in os.environ:
            print("skipped: ATTESTRY_TEST_POSTGRES names no PostgreSQL server")
            continue
        checks = run(program, work, backend, random.Random(seed))
        passed, failed = passed + checks.passed, failed + checks.failed
    print(f"{passed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


main()
