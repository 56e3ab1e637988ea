"""Runs the cases of the Autobahn test suite against a server, under Python 3.

The package `autobahntestsuite` is written for Python 2. Its cases are what counts: they are taken from the package as they
are, translated by lib2to3, and each judges the connection by its own rules. What drove them (fuzzing.py there) is here
again, with the WebSocket implementation it used, `autobahn` 0.10.9.

In the cases a string is a string of octets. Their sources are therefore read as Latin-1, which turns every octet of a
literal into the character of the same number, and strings are turned back where they leave a case.
"""

import argparse
import binascii
import importlib
import json
import re
import sys
import time
import warnings
from pathlib import Path

warnings.simplefilter("ignore")

from lib2to3 import refactor
import txaio

txaio.use_twisted()

from twisted.internet import reactor
from autobahn.twisted.websocket import WebSocketClientFactory, WebSocketClientProtocol, connectWS
from autobahn.websocket import utf8validator
from autobahn.websocket.protocol import WebSocketProtocol


# --- The cases ---------------------------------------------------------------------------------------------------------

def translate(source: Path, target: Path):
    """Writes the package's cases as Python 3."""
    fixers = [name for name in refactor.get_fixers_from_package("lib2to3.fixes") if not name.endswith("fix_unicode")]
    tool = refactor.RefactoringTool(fixers)
    for name in ["case", "caseset.py", "testdata"]:
        origin = source / "autobahntestsuite" / name
        for file in [origin] if origin.is_file() else sorted(origin.rglob("*")):
            copy = target / "autobahntestsuite" / file.relative_to(source / "autobahntestsuite")
            copy.parent.mkdir(parents=True, exist_ok=True)
            octets = file.read_bytes()
            if file.suffix != ".py":
                copy.write_bytes(octets)
                continue
            text = octets.decode("latin-1").replace("\r\n", "\n")
            text = re.sub(r"(?m)^#.*coding[:=].*$", "", text)
            text = re.sub(r"(?m)^import binascii$", "from fuzz import octets as binascii", text)
            text = text.replace("hashlib, binascii\n", "hashlib\nfrom fuzz import octets as binascii\n")
            text = text.replace("from autobahn.websocket.utf8validator import Utf8Validator", "from fuzz import Utf8Validator")
            # Not among the cases that are run, and written for an old zope.interface.
            text = text.replace("from case9_9_1 import *\n", "")
            # Two kinds of division, and classes that inherit from `object` first, are Python 2's.
            text = text.replace("(object, Case, )", "(Case, )")
            text = text.replace(
                "len(self.payload) / self.p.autoFragmentSize", "len(self.payload) // self.p.autoFragmentSize")
            # The translator looks beside the original for the modules that are imported from the same directory.
            copy.write_text(str(tool.refactor_string(text if text.endswith("\n") else text + "\n", str(file))))
    (target / "autobahntestsuite" / "__init__.py").write_text("")


class octets:
    """`binascii`, of strings whose characters are octets."""

    @staticmethod
    def b2a_hex(data):
        return binascii.b2a_hex(to_bytes(data)).decode("ascii")

    hexlify = b2a_hex


class Utf8Validator(utf8validator.Utf8Validator):
    """The suite's own, of strings whose characters are octets."""

    def validate(self, data):
        return super().validate(to_bytes(data))


def to_bytes(data):
    return data.encode("latin-1") if isinstance(data, str) else data


def to_string(data):
    return data.decode("latin-1") if isinstance(data, bytes) else data


# --- The driver --------------------------------------------------------------------------------------------------------


class FuzzingProtocol(WebSocketClientProtocol):
    """What a case calls `self.p`."""

    def __init__(self):
        super().__init__()
        self.connectionWasOpen = False
        self.createWirelog = True
        self.txFrameStats = {}
        self.rxFrameStats = {}

    def connectionLost(self, reason):
        super().connectionLost(reason)
        self.runCase.onConnectionLost(self.failedByMe)
        self.factory.runner.finished(self)

    def onOpen(self):
        self.connectionWasOpen = True
        self.runCase.onOpen()

    def onMessage(self, payload, isBinary):
        self.runCase.onMessage(payload if self.runCase.takesBytes else to_string(payload), isBinary)

    def onPong(self, payload):
        self.runCase.onPong(to_string(payload))

    def onClose(self, wasClean, code, reason):
        self.runCase.onClose(wasClean, code, reason)

    # Octets leave as bytes.

    def sendFrame(self, opcode, payload=b"", payload_len=None, **rest):
        payload = to_bytes(payload)
        if payload_len is not None:
            payload = (payload * (payload_len // len(payload) + 1))[:payload_len]
        super().sendFrame(opcode, payload, **rest)

    def sendMessage(self, payload, isBinary=False, **rest):
        super().sendMessage(to_bytes(payload), isBinary, **rest)

    def sendMessageFrameData(self, payload, **rest):
        return super().sendMessageFrameData(to_bytes(payload), **rest)

    def sendCloseFrame(self, code=None, reasonUtf8=None, isReply=False):
        super().sendCloseFrame(code, to_bytes(reasonUtf8), isReply)

    # What is counted and logged.

    def enableWirelog(self, enable):
        self.createWirelog = enable

    def logTxFrame(self, header, payload, repeatLength, chopsize, sync):
        self.txFrameStats[header.opcode] = self.txFrameStats.get(header.opcode, 0) + 1

    def logRxFrame(self, header, payload):
        self.rxFrameStats[header.opcode] = self.rxFrameStats.get(header.opcode, 0) + 1

    def logTxOctets(self, data, sync):
        pass

    def logRxOctets(self, data):
        pass

    # Time.

    def _later(self, delay, function):
        def run():
            if self.state != WebSocketProtocol.STATE_CLOSED:
                function()

        reactor.callLater(delay, run)

    def continueLater(self, delay, function, tag=None):
        self._later(delay, function)

    def killAfter(self, delay):
        self._later(delay, self.failConnection)

    def closeAfter(self, delay):
        self._later(delay, self.sendClose)


class FuzzingFactory(WebSocketClientFactory):
    def __init__(self, runner, url):
        super().__init__(url=url, useragent="autobahntestsuite/25.10.1")
        self.runner = runner
        self.logOctets = False
        self.logFrames = True
        self.setProtocolOptions(failByDrop=False)

    def buildProtocol(self, address):
        protocol = FuzzingProtocol()
        protocol.factory = self
        protocol.runCase = self.runner.case(protocol)
        # The cases about compression hash what they get; they read files, and so bytes.
        protocol.runCase.takesBytes = hasattr(protocol.runCase, "TESTDATA")
        return protocol

    def clientConnectionFailed(self, connector, reason):
        print(f"cannot connect: {reason.getErrorMessage()}", file=sys.stderr)
        reactor.stop()


class Runner:
    """Runs one case after another, each on a connection of its own."""

    def __init__(self, url, cases, report):
        self.url = url
        self.cases = cases
        self.report = report
        self.results = {}
        self.next()

    def next(self):
        if len(self.results) == len(self.cases):
            return reactor.stop()
        self.id, self.case = self.cases[len(self.results)]
        self.started = time.monotonic()
        factory = FuzzingFactory(self, self.url)
        connectWS(factory)

    def finished(self, protocol):
        case = protocol.runCase
        self.results[self.id] = {
            "behavior": case.behavior,
            "behaviorClose": case.behaviorClose,
            "result": case.result,
            "resultClose": case.resultClose,
            "remoteCloseCode": protocol.remoteCloseCode,
            "seconds": round(time.monotonic() - self.started, 3),
        }
        if not passed(self.results[self.id]):
            print(f"{self.id}: {case.behavior} / {case.behaviorClose}: {case.result} {case.resultClose}", flush=True)
        self.report.write_text(json.dumps(self.results, indent=1))
        reactor.callLater(0, self.next)


def passed(result):
    """Strictly: what a case calls OK, or INFORMATIONAL where the suite lays nothing down."""
    return result["behavior"] in ("OK", "INFORMATIONAL") and result["behaviorClose"] in ("OK", "INFORMATIONAL")


def summarise(results):
    groups = {}
    for id, result in results.items():
        counts = groups.setdefault(int(id.split(".")[0]), {})
        verdict = result["behavior"] if passed(result) else "FAILED"
        counts[verdict] = counts.get(verdict, 0) + 1
        counts["seconds"] = counts.get("seconds", 0) + result["seconds"]
    print(f"{'group':>5} {'cases':>6} {'OK':>6} {'informational':>14} {'failed':>7} {'seconds':>8}")
    for group in sorted(groups):
        counts = groups[group]
        ok, informational, failed = (counts.get(verdict, 0) for verdict in ("OK", "INFORMATIONAL", "FAILED"))
        total = ok + informational + failed
        print(f"{group:>5} {total:>6} {ok:>6} {informational:>14} {failed:>7} {counts['seconds']:>8.1f}")
    return all(passed(result) for result in results.values())


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--suite", type=Path, required=True, help="the unpacked source of autobahntestsuite")
    parser.add_argument("--work", type=Path, required=True, help="where the translated cases go")
    parser.add_argument("--report", type=Path, required=True, help="the results, as JSON")
    parser.add_argument("--url", required=True)
    parser.add_argument("groups", nargs="+", help="such as 7, or 12.1")
    options = parser.parse_args()

    # The cases import this file by its name.
    sys.modules["fuzz"] = sys.modules[__name__]
    sys.path.insert(0, str(options.work))
    if not (options.work / "autobahntestsuite" / "__init__.py").exists():
        translate(options.suite, options.work)
    cases = importlib.import_module("autobahntestsuite.case")

    # Octets compare as octets, whichever type a case has them in.
    def compare(self, left, right):
        return [tuple(map(to_string, event)) for event in left] == [tuple(map(to_string, event)) for event in right]

    importlib.import_module("autobahntestsuite.case.case").Case.compare = compare

    chosen = []
    for case in cases.Cases:
        id = case.__name__[len(cases.CaseBasename):].replace("_", ".")
        if any((id + ".").startswith(group + ".") for group in options.groups):
            chosen.append((id, case))
    if not chosen:
        sys.exit("no such cases")
    runner = None

    def begin():
        nonlocal runner
        runner = Runner(options.url, chosen, options.report)

    reactor.callWhenRunning(begin)
    reactor.run()
    if len(runner.results) != len(chosen):
        sys.exit(f"only {len(runner.results)} of {len(chosen)} cases ran")
    sys.exit(0 if summarise(runner.results) else 1)


if __name__ == "__main__":
    main()
