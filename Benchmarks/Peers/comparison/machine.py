"""Where things are, what the machine is, and how programs are started on a core of their own."""

import os
import platform
import re
import resource
import shutil
import socket
import subprocess
import sys
import time
from contextlib import suppress
from functools import cache
from pathlib import Path

HERE = Path(__file__).resolve().parent.parent  # Benchmarks/Peers
ROOT = HERE.parent.parent
BUILD = ROOT / ".build" / "bench"
VENV = BUILD / "venv"
DOCUMENT = ROOT / "docs" / "benchmarks.md"
PLOTS = ROOT / "docs" / "benchmarks"
LOADER = BUILD / "loader"

CORES = sorted(os.sched_getaffinity(0))
SERVER_CORE = CORES[0]
LOADER_CORE = CORES[-1]

DEBIAN = [
    "gcc",
    "libc6-dev",
    "libuv1-dev",
    "python3-venv",
    "nodejs",
    "node-ws",
    "nginx-light",
    "libnginx-mod-nchan",
    "mosquitto",
    "wrk",
    "postgresql-client",
]
# Debian's nginx comes in several flavours, of which any will do.
INSTEAD = {"nginx-light": ["nginx", "nginx-core", "nginx-full", "nginx-extras"], "postgresql-client": ["postgresql"]}
PYPI = ["uvicorn[standard]", "socketify", "fastapi", "sqlalchemy", "greenlet", "asyncpg"]


def say(text):
    print(text, file=sys.stderr, flush=True)


def output_of(*command, **options):
    """What a program prints, both ways; empty if it is not there."""
    try:
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **options)
        return done.stdout.strip()
    except OSError:
        return ""


def installed(package):
    return output_of("dpkg-query", "-W", "-f=${db:Status-Status}", package) == "installed"


def version_of(package):
    return output_of("dpkg-query", "-W", "-f=${Version}", package)


def python_version_of(package):
    code = f"import importlib.metadata as m; print(m.version('{package}'))"
    return output_of(str(VENV / "bin" / "python"), "-c", code)


def install():
    """Installs by name what is missing: Debian's packages, and PyPI's in an environment below .build."""
    BUILD.mkdir(parents=True, exist_ok=True)
    missing = [name for name in DEBIAN if not any(installed(n) for n in [name, *INSTEAD.get(name, [])])]
    if missing:
        say("installing " + " ".join(missing))
        sudo = [] if os.geteuid() == 0 else ["sudo"]
        apt = [*sudo, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-q", "-y", "-o", "DPkg::Lock::Timeout=300"]
        subprocess.run([*apt, "update"], check=True, stdin=subprocess.DEVNULL, stdout=sys.stderr)
        # They are started here when they are measured, not as services of the machine.
        policy = Path("/usr/sbin/policy-rc.d")
        made = os.geteuid() == 0 and not policy.exists()
        if made:
            policy.write_text("#!/bin/sh\nexit 101\n")
            policy.chmod(0o755)
        try:
            subprocess.run(
                [*apt, "install", "--no-install-recommends", *missing],
                check=True,
                stdin=subprocess.DEVNULL,
                stdout=sys.stderr,
            )
        finally:
            if made:
                policy.unlink()
    if not (VENV / "bin" / "python").exists():
        python = "/usr/bin/python3" if Path("/usr/bin/python3").exists() else sys.executable
        subprocess.run([python, "-m", "venv", str(VENV)], check=True)
    if any(not python_version_of(re.sub(r"\[.*", "", name)).startswith(tuple("0123456789")) for name in PYPI):
        say("installing " + " ".join(PYPI) + " from PyPI")
        subprocess.run([str(VENV / "bin" / "pip"), "-q", "install", *PYPI], check=True, stdout=sys.stderr)


def build():
    """Builds the hub, the loader and the peers that are C."""
    for command in (["./scripts/setup.sh"], ["swift", "build", "-c", "release", "--product", "hubd"]):
        subprocess.run(command, cwd=ROOT, check=True, stdout=sys.stderr)
    library = Path(
        output_of(
            str(VENV / "bin" / "python"),
            "-c",
            "import socketify, pathlib; print(pathlib.Path(socketify.__file__).parent)",
        )
    )
    compile_c("loader", *sorted((HERE / "loader").glob("*.c")))
    compile_c("floor", HERE / "floor.c")
    compile_c(
        "uwebsockets",
        HERE / "uwebsockets.c",
        library / "libsocketify_linux_amd64.so",
        "-luv",
        f"-Wl,-rpath,{library}",
    )


def compile_c(name, *arguments):
    subprocess.run(["cc", "-O2", "-Wall", "-Wextra", "-o", str(BUILD / name), *map(str, arguments)], check=True)


def raise_file_limit():
    """To what it may be at most; programs started from here inherit it."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return hard


def start(command, cores, log, env=None, cwd=None):
    """Starts a server on some cores; it has a session of its own, so that Ctrl-C is for the script alone."""
    with open(log, "ab") as to:
        process = subprocess.Popen(
            [str(part) for part in command],
            stdin=subprocess.DEVNULL,
            stdout=to,
            stderr=to,
            cwd=cwd,
            env={**os.environ, **(env or {})},
            start_new_session=True,
            preexec_fn=lambda: os.sched_setaffinity(0, set(cores)),
        )
    process.log = Path(log)
    return process


def stop(process, patience=40):
    """Asks it to end, and insists after a while."""
    if process is None or process.poll() is not None:
        return
    process.terminate()
    try:
        process.wait(patience)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def wait_for_port(port, process, patience=60):
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline:
        if process.poll() is not None:
            last = process.log.read_text(errors="replace").strip()[-300:]
            raise RuntimeError(f"it ended at once ({process.returncode}): {last}")
        with socket.socket() as probe:
            probe.settimeout(1)
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise RuntimeError(f"nothing listens on port {port} after {patience} s")


def descendants(pid):
    """A process and all below it."""
    parents = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
                parents.setdefault(int(fields[1]), []).append(int(entry.name))
            except OSError:
                continue
    found = [pid]
    for parent in found:
        found.extend(parents.get(parent, []))
    return found


@cache
def ahead():
    """What has a program run whenever it can, whoever else wants its core; nothing, and a warning, where that is not
    allowed. Being idle is no way for the others: where sessions are groups of the scheduler's, and each process of
    Postgres begins one, that counts within a process alone."""
    prefix = ["chrt", "--fifo", "1"]
    if subprocess.run([*prefix, "true"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode == 0:
        return prefix
    say("  the loader may not run ahead of what shares its core: its own waits are in the latencies")
    return []


def cpu_seconds(pid):
    """User and system time of a process and all below it; of children that were waited for too."""
    ticks = 0
    for each in descendants(pid):
        try:
            fields = Path(f"/proc/{each}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        ticks += int(fields[11]) + int(fields[12])
        if each == pid:
            ticks += int(fields[13]) + int(fields[14])
    return ticks / os.sysconf("SC_CLK_TCK")


def busy_seconds():
    """User, nice and system time of all programs, and stolen time."""
    fields = [int(field) for field in Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:9]]
    return (fields[0] + fields[1] + fields[2] + fields[7]) / os.sysconf("SC_CLK_TCK")


def wait_until_quiet(patience):
    """Waits until other programs take less than a tenth of a core, but not for ever."""
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline:
        before, began = busy_seconds(), time.monotonic()
        time.sleep(0.5)
        if (busy_seconds() - before) / (time.monotonic() - began) < 0.1:
            return


def describe():
    """The machine in a few words."""
    model = "unknown processor"
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            model = line.partition(":")[2].strip()
            break
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    system = "Linux"
    if Path("/etc/os-release").exists():
        system = re.search(r'^PRETTY_NAME="?([^"\n]*)', Path("/etc/os-release").read_text(), re.M).group(1)
    return {
        "processor": model,
        "cores": os.cpu_count(),
        "memory": round(memory),
        "system": system,
        "kernel": platform.release().split("-")[0],
    }


def versions():
    commit = output_of("git", "-C", str(ROOT), "rev-parse", "--short", "HEAD")
    if output_of("git", "-C", str(ROOT), "status", "--porcelain", "--", "Sources", "Plugins", "Package.swift"):
        commit += " and changes"
    swift = re.search(r"Swift version (\S+)", output_of("swift", "--version"))
    nginx = re.search(r"nginx/(\S+)", output_of(shutil.which("nginx") or "/usr/sbin/nginx", "-v"))
    postgres = (
        sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres")) if Path("/usr/lib/postgresql").exists() else []
    )
    return {
        "hub": commit,
        "Swift": swift.group(1) if swift else "?",
        "Postgres": output_of(str(postgres[-1]), "--version").split(" ")[2] if postgres else "?",
        "cc": output_of("cc", "-dumpfullversion"),
        "node": output_of("node", "--version").lstrip("v"),
        "ws": version_of("node-ws").split("+")[0],
        "nginx": nginx.group(1) if nginx else "?",
        "nchan": version_of("libnginx-mod-nchan").split("+")[0].removeprefix("1:"),
        "mosquitto": version_of("mosquitto").split("-")[0],
        **{
            name: python_version_of(name)
            for name in ("uvicorn", "websockets", "uvloop", "socketify", "fastapi", "sqlalchemy", "asyncpg")
        },
    }
