"""One descriptor of every kind: `files --json` against what the factory knows, /proc and lsof."""
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

SYSCOPE = os.environ["SYSCOPE"]
HERE = Path(__file__).resolve().parent
# Where lsof 4.95 says less, or calls it by an older name.
LSOF_TYPES = {"netlink": ("sock", "netlink"), "vsock": ("sock",), "ping": ("sock", "IPv4"),
              "mqueue": ("REG", "PSXMQ"), "namespace": ("REG",)}


def descriptors(pid):
    lines = subprocess.run([SYSCOPE, "files", "--json", "-p", str(pid), "-d", "fd"],
                           capture_output=True, check=True).stdout.splitlines()
    rows = [json.loads(line) for line in lines]
    assert len({row["fd"] for row in rows}) == len(rows), "a descriptor appears twice"
    return {row["fd"]: row for row in rows}


def lsof_fields(pid):
    text = subprocess.run(["lsof", "-nPw", "-F", "ftDisnTPal", "-p", str(pid)], capture_output=True).stdout
    rows, row = {}, None
    for line in text.decode(errors="surrogateescape").splitlines():
        letter, value = line[:1], line[1:]
        if letter == "f":
            row = rows.setdefault(int(value), {}) if value.isdigit() else {}
        elif row is not None:
            row.setdefault(letter, value)
    return rows


def differences(wanted, row, pid):
    """What the factory said that the row does not say."""
    if row is None:
        yield "no such row"
        return
    socket = row.get("socket", {})
    for key, value in wanted.items():
        if key == "peers":
            found = sorted(p["fd"] for p in row["peers"] if p["pid"] == pid)
            if found != sorted(value):
                yield f"peers {found}, not {value}"
        elif key == "details":
            for name, detail in value.items():
                if row.get("details", {}).get(name) != detail:
                    yield f"{name} {row.get('details', {}).get(name)!r}, not {detail!r}"
        elif (row.get(key) if key in row else socket.get(key)) != value:
            yield f"{key} {row.get(key, socket.get(key))!r}, not {value!r}"


def proc_differences(row, pid):
    status = os.stat(f"/proc/{pid}/fd/{row['fd']}")
    if row["kind"] not in ("tcp", "udp") and row.get("inode") != status.st_ino:
        yield f"inode {row.get('inode')}, not {status.st_ino}"
    if row.get("device") != f"{os.major(status.st_dev)},{os.minor(status.st_dev)}":
        yield f"device {row.get('device')} is not that of stat"
    if "size" in row and row["size"] != status.st_size:
        yield f"size {row['size']}, not {status.st_size}"
    info = dict(line.split(":", 1) for line in Path(f"/proc/{pid}/fdinfo/{row['fd']}").read_text().splitlines()
                if ":" in line)
    if "offset" in row and row["offset"] != int(info["pos"]):
        yield "offset is not that of fdinfo"
    if "flags" in row and row["flags"] != int(info["flags"], 8):
        yield "flags are not those of fdinfo"


def lsof_differences(row, lsof):
    kind = row["kind"]
    expected = LSOF_TYPES.get(kind, (row["type"],))
    unbound = kind in ("tcp", "udp") and "socket" not in row
    if not unbound and kind != "raw" and lsof.get("t") not in expected:
        yield f"type {row['type']}, lsof says {lsof.get('t')}"
    access = {"none": ""}.get(row.get("access"), row.get("access", ""))
    if lsof.get("a", "").strip() != access and row.get("access") != "none":
        yield f"access {access!r}, lsof says {lsof.get('a')!r}"
    # lsof finds locks by process and inode: it shows them on descriptors that cannot hold any.
    if row.get("access") != "none" and lsof.get("l", " ").strip() != row.get("lock", ""):
        yield f"lock {row.get('lock')!r}, lsof says {lsof.get('l')!r}"
    if kind in ("regular", "directory", "memfd", "symlink") and int(lsof.get("s", -1)) != row["size"]:
        yield f"size {row['size']}, lsof says {lsof.get('s')}"
    if kind == "tcp" and not unbound:
        ends = row["socket"]["local"] + ("->" + row["socket"]["remote"] if "remote" in row["socket"] else "")
        if lsof.get("n") != ends:
            yield f"{ends}, lsof says {lsof.get('n')}"
        if lsof.get("T") != "ST=" + row["socket"]["state"]:
            yield f"state {row['socket']['state']}, lsof says {lsof.get('T')}"


def main():
    failures = []
    with tempfile.TemporaryDirectory() as folder:
        factory = f"{folder}/factory"
        subprocess.run(["cc", "-O1", "-o", factory, HERE / "factory.c"], check=True)
        process = subprocess.Popen([factory, folder], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        try:
            made = []
            for line in process.stdout:
                if line == b"end\n":
                    break
                made.append(json.loads(line))
            assert len(made) > 30, "the factory made too little"
            rows = descriptors(process.pid)
            lsof = lsof_fields(process.pid)
            for wanted in made:
                row = rows.get(wanted["fd"])
                found = list(differences(wanted, row, process.pid))
                if row is not None:
                    found += proc_differences(row, process.pid)
                    found += lsof_differences(row, lsof.get(row["fd"], {}))
                failures += [f"{wanted['kind']} {wanted['fd']}: {what}" for what in found]
            table = subprocess.run([SYSCOPE, "files", "-p", str(process.pid)], capture_output=True, check=True).stdout
            if any(byte < 32 and byte != 10 for byte in table):
                failures.append("the table holds a control character")
            if b"odd\\n\\x1b[31mname" not in table:
                failures.append("the odd name is not escaped in the table")
            print(f"{len(made)} descriptors of {len({m['kind'] for m in made})} kinds")
        finally:
            process.stdin.close()
            process.wait()
    print("\n".join(failures))
    return 1 if failures else 0


sys.exit(main())
