"""The command line: what a person types, what a script reads, and that nothing is paid unasked, or twice."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import shlex
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
import pytest

from scripted_server import Reply
from smscx_client import ApiClient, ApiConnectionException, ApiException, ServerErrorException
from smscx_client.api.numbers_api import NumbersApi
from smscx_client.cli.commands.inbound import Inbox
from smscx_client.cli.doubt import made_once
from smscx_client.cli.exit_codes import ExitCode, code_of
from smscx_client.cli.messages import Failure
from smscx_client.cli.phone_numbers import NumbersSource
from smscx_client.model.rent_number_request import RentNumberRequest
from smscx_client.models import RenewRentRequest
from smscx_client.sandbox import Sandbox
from smscx_client.sandbox.server import APPLICATION_ID, APPLICATION_SECRET
from test_docs import DOCS

pytestmark = pytest.mark.program
NOBODY = "00000000-0000-4000-8000-000000000000"
NUMBERS = [f"+336122464{number:02}" for number in range(50, 60)]
PROGRAM = [sys.executable, "-W", "error", "-m", "smscx_client"]
posix = pytest.mark.skipif(os.name != "posix", reason="Windows has no such terminals, signals and shells")


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as running:
        yield running


@pytest.fixture
def quick(sandbox: Sandbox) -> Iterator[Sandbox]:
    """A sandbox whose lookups finish at once."""
    with finishing(sandbox):
        yield sandbox


@pytest.fixture
def api(sandbox: Sandbox) -> Iterator[NumbersApi]:
    with ApiClient(sandbox.configuration(retries=0)) as client:
        yield NumbersApi(client)


@contextmanager
def finishing(sandbox: Sandbox) -> Iterator[None]:
    ended = threading.Event()

    def finish() -> None:
        while not ended.wait(0.02):
            sandbox.finish_lookups()

    thread = threading.Thread(target=finish)
    thread.start()
    yield
    ended.set()
    thread.join()


def environment(sandbox: Sandbox | None, **more: str) -> dict[str, str]:
    own = {} if sandbox is None else {"SMSCX_HOST": sandbox.url, "SMSCX_API_KEY": sandbox.api_key}
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    return {**kept, **own, **more}


def smscx(sandbox: Sandbox | None, *arguments: str, given: str = "", **more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*PROGRAM, *arguments],
        capture_output=True,
        check=False,
        encoding="utf-8",
        env=environment(sandbox, **more),
        input=given,
        timeout=60,
    )


def started(sandbox: Sandbox | None, *arguments: str, **more: str) -> subprocess.Popen[str]:
    running = subprocess.Popen(
        [*PROGRAM, *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        env=environment(sandbox, **more),
    )
    return ended_in_time(running)


def ended_in_time(running: subprocess.Popen[str]) -> subprocess.Popen[str]:
    """The process, which is killed if it does not end: a test that reads from it fails then, and does not hang."""
    timer = threading.Timer(30, running.kill)
    timer.daemon = True
    timer.start()
    return running


def until(happened: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not happened():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def rows(ran: subprocess.CompletedProcess[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in ran.stdout.splitlines()]


def paid(sandbox: Sandbox) -> Counter[str]:
    """How often each number was looked up, by the sandbox's own books."""
    return Counter(lookup.number.e164 for lookup in sandbox._service.account.lookups.values())


def rented(api: NumbersApi, days: Any = 7, **options: Any) -> str:
    offers = api.get_available_numbers("FR").data
    offer = next(offer for offer in offers if offer.rent_cost is None or offer.rent_cost[0].days == 1)
    return api.rent_number(RentNumberRequest(offer.number_id, days, **options)).info.rent_id


# ---- numbers


def test_numbers_come_from_arguments_and_standard_input_in_their_order(sandbox: Sandbox) -> None:
    given = "# mine\n06 12 24 64 51 # home\n\nnone\r\n"
    ran = smscx(sandbox, "validate", "+33612246450", "-", "--country", "FR", given=given)
    assert [(row["input"], row["phoneNumber"], row["invalid"]) for row in rows(ran)] == [
        ("+33612246450", "+33612246450", False),
        ("06 12 24 64 51", "+33612246451", False),
        ("none", "none", True),
    ]
    assert (ran.returncode, ran.stderr) == (ExitCode.NOT_ALL_VALID, "smscx: 1 of 3 numbers are not valid\n")
    assert smscx(sandbox, "validate", "+33612246450").returncode == ExitCode.DONE


def read(
    tmp_path: Path, content: bytes, column: str | None, encoding: str | None = None, name: str = "file"
) -> list[str]:
    (tmp_path / name).write_bytes(content)
    return NumbersSource((), str(tmp_path / name), column, encoding).read()


@pytest.mark.parametrize(
    ("content", "column"),
    [
        (b"name,phone\nAda,+331\nBob,+332\n", "phone"),
        (b"name;Phone ;x\r\nAda;+331;\r\nBob;+332;\r\n\r\n", "PHONE"),
        (b'name\tphone\n"A\tb\nc"\t+331\nBob\t +332\n', "2"),
        (b"+331,Ada\n+332,Bob\n", "1"),
        (b"\xef\xbb\xbfphone\n+331\n\n+332\n", "phone"),
        ("téléphone,n\n+331,é\n+332,x\n".encode("cp1252"), "téléphone"),
        ("téléphone,n\n+331,é\n+332,x\n".encode("utf-16"), "téléphone"),
        ("téléphone\n+331\n+332\n".encode("utf-8-sig"), "téléphone"),
        (b"n,phone\n1,+331\n2\n3,\n4,+332\n", "phone"),
        (b"1,2\n+331,a\n+332,b\n", "1"),
        (b"\xff\xfe+\x003\x003\x001\x00\n\x00+\x003\x003\x002\x00", None),
        (b"+331\r+332", None),
    ],
)
def test_a_column_is_found_whatever_wrote_the_file(tmp_path: Path, content: bytes, column: str | None) -> None:
    assert read(tmp_path, content, column) == ["+331", "+332"]


def test_an_encoding_can_be_named(tmp_path: Path) -> None:
    assert read(tmp_path, "電話\n+331\n".encode("shift-jis"), "電話", "shift-jis") == ["+331"]


@pytest.mark.parametrize(
    ("content", "column", "encoding", "fault"),
    [
        (b"", None, None, "no phone numbers"),
        (b"# all\n", None, None, "no phone numbers"),
        (b"a,b\n+331,x\n", "phone", None, "no column 'phone'; there are a, b"),
        (b"a,b\n", "3", None, "no column '3'"),
        (b"a,b\n", "0", None, "no column '0'"),
        (b"a,A\n", "a", None, "several columns"),
        (b"PK\x03\x04", None, None, "spreadsheet"),
        (b"+331", None, "utf-88", "no encoding is called 'utf-88'"),
        (b"\xe9", None, "utf-8", "not in utf-8"),
        (b'a\n"' + b"x" * 200_000, "a", None, "no CSV"),
    ],
)
def test_what_cannot_be_read_is_named(
    tmp_path: Path, content: bytes, column: str | None, encoding: str | None, fault: str
) -> None:
    with pytest.raises(click.UsageError, match=re.escape(fault)):
        read(tmp_path, content, column, encoding)


def test_a_csv_file_is_not_read_as_text(tmp_path: Path) -> None:
    with pytest.raises(click.UsageError, match="--column"):
        read(tmp_path, b"+331,x", None, name="numbers.CSV")
    with pytest.raises(click.UsageError, match="--file"):
        NumbersSource(("+331",), None, "phone", None).read()


# ---- output


def test_rows_have_the_names_of_the_api_and_csv_has_each_documented_field(sandbox: Sandbox, api: NumbersApi) -> None:
    rent_id = rented(api)
    (row,) = rows(smscx(sandbox, "rented"))
    assert row == json.loads(api.get_rented_numbers().data[0].to_json()) | {"datetime": row["datetime"]}
    (line,) = csv.DictReader(io.StringIO(smscx(sandbox, "rented", "--output", "csv").stdout))
    assert (line["rentId"], line["inboundSms.total"], line["autoRenew"], line["callbackUrl"]) == (
        rent_id,
        "0",
        "false",
        "",
    )
    assert json.loads(line["renewCost"]) == row["renewCost"]
    table = smscx(sandbox, "rented", "--output", "table").stdout
    assert rent_id in table
    assert "{" not in table


@pytest.mark.parametrize("output", ["json", "csv", "table"])
def test_any_text_is_utf_8_in_a_pipe_and_no_terminal_obeys_it(sandbox: Sandbox, api: NumbersApi, output: str) -> None:
    rent_id = rented(api)
    sandbox.receive_sms(rent_id, "Bank", 'é☎ [bold]x :smile:\x1b[2J\x9b1m\ud800\u2028,"')
    ran = smscx(sandbox, "inbound", rent_id, "--output", output, PYTHONIOENCODING="latin-1")
    assert (ran.returncode, ran.stderr) == (0, "")
    assert "é☎ [bold]x" in ran.stdout
    assert ":smile:" in ran.stdout
    if output != "csv":
        assert not {"\x1b", "\x9b", "\ud800"} & set(ran.stdout)
    if output == "json":
        assert len(ran.stdout.splitlines()) == 1
        assert rows(ran)[0]["text"] == 'é☎ [bold]x :smile:\x1b[2J\x9b1m\ud800\u2028,"'


@posix
@pytest.mark.parametrize("output", ["json", "csv", "table"])
def test_a_reader_that_goes_ends_the_program_quietly(sandbox: Sandbox, tmp_path: Path, output: str) -> None:
    (tmp_path / "numbers").write_text("\n".join(NUMBERS * 300))
    running = started(sandbox, "validate", "--file", str(tmp_path / "numbers"), "--output", output)
    assert running.stdout is not None
    assert running.stdout.read(5)
    running.stdout.close()
    assert running.stderr is not None
    assert running.stderr.read() == ""
    running.stderr.close()
    assert running.wait() == ExitCode.READER_GONE


# ---- what goes wrong


def drop_lookup(sandbox: Sandbox) -> None:
    """Have the answer to the lookup lost: the validation before it is the first request."""
    sandbox.fail_next(delay=0.01)
    sandbox.fail_next(drop="after")


def no_credit(sandbox: Sandbox) -> None:
    sandbox.credit = 0


@pytest.mark.parametrize(
    ("code", "arguments", "prepare"),
    [
        (ExitCode.USAGE, "validate", None),
        (ExitCode.USAGE, "no-such-command", None),
        (ExitCode.USAGE, "--api-key sandbox-api-key rented", None),
        (ExitCode.USAGE, f"rent {NOBODY} --days 2", None),
        (ExitCode.USAGE, f"edit {NOBODY}", None),
        (ExitCode.USAGE, "available FR --include 123456789012345678", None),
        (ExitCode.CREDENTIAL, "--api-key-file empty rented", None),
        (ExitCode.CREDENTIAL, "--api-key-file wrong rented", None),
        (ExitCode.CREDENTIAL, "token", None),
        (ExitCode.CREDIT, "lookup +33612246450 --yes", no_credit),
        (ExitCode.REFUSED, "available XX", None),
        (ExitCode.NOT_FOUND, f"cancel {NOBODY}", None),
        (ExitCode.NOT_FOUND, f"rent {NOBODY} --country FR --days 7 --yes", None),
        (ExitCode.NOT_FOUND, "inbound", None),
        (ExitCode.RATE_LIMIT, "rented", lambda sandbox: sandbox.rate_limit(0, window=300)),
        (ExitCode.NO_ANSWER, "rented", lambda sandbox: sandbox.fail_next(3, status=500)),
        (ExitCode.OUTCOME_UNKNOWN, "lookup +33612246450 --yes", drop_lookup),
        (ExitCode.FILE, "validate --file none", None),
        (ExitCode.FILE, "lookup +33612246450 --yes --journal none/journal", None),
    ],
)
def test_a_failure_is_told_by_its_last_line_and_exit_code(
    sandbox: Sandbox,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    code: ExitCode,
    arguments: str,
    prepare: Callable[[Sandbox], None] | None,
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty").write_text(" \n")
    (tmp_path / "wrong").write_text("planted-key\n")
    if prepare is not None:
        prepare(sandbox)
    ran = smscx(sandbox, *arguments.split())
    assert (ran.returncode, ran.stdout) == (code, "")
    assert all(line.startswith("smscx: ") for line in ran.stderr.splitlines())
    assert 0 < len(ran.stderr.splitlines()) <= (3 if "lookup" in arguments else 2)
    assert "planted-key" not in ran.stderr
    assert len(sandbox.ledger) == (code == ExitCode.OUTCOME_UNKNOWN)


def test_a_call_in_doubt_has_its_exit_code_whatever_failed() -> None:
    for failure in (ApiConnectionException, ServerErrorException, ApiException):
        assert code_of(failure(200, outcome_unknown=True)) == ExitCode.OUTCOME_UNKNOWN


def test_without_a_credential_one_line_says_what_to_set() -> None:
    ran = smscx(None, "rented")
    assert (ran.returncode, ran.stdout) == (ExitCode.CREDENTIAL, "")
    assert ran.stderr.startswith("smscx: no credential: set SMSCX_API_KEY or SMSCX_ACCESS_TOKEN")
    assert ran.stderr.count("\n") == 1


def test_an_api_key_is_read_from_a_file(sandbox: Sandbox, tmp_path: Path) -> None:
    (tmp_path / "key").write_text(f"{sandbox.api_key}\n")
    ran = smscx(None, "--api-key-file", str(tmp_path / "key"), "rented", SMSCX_HOST=sandbox.url)
    assert (ran.returncode, ran.stderr) == (0, "")


def test_what_the_service_says_is_one_line(serve: Any) -> None:
    error = {"type": "not_found", "code": 1, "message": "a\r\nb \x1b[2J", "uri": ""}
    server = serve([Reply(404, {"error": error})])
    ran = smscx(None, "rented", SMSCX_HOST=server.url, SMSCX_API_KEY="k")
    assert ran.stderr == "smscx: get_rented_numbers: 404 Not Found. not_found 1: a b \\x1b[2J.\n"


def test_where_nothing_tells_what_became_of_a_batch_its_exit_code_does(tmp_path: Path) -> None:
    with Sandbox(generation="2022-10") as sandbox:
        sandbox.fail_next(drop="after")
        ran = smscx(sandbox, "lookup", *NUMBERS, "--yes", TMPDIR=str(tmp_path), TEMP=str(tmp_path))
        assert ran.returncode == ExitCode.OUTCOME_UNKNOWN
        assert "Go on with: smscx lookup --journal" in ran.stderr
        again = smscx(sandbox, *shlex.split(ran.stderr.partition("Go on with: smscx ")[2].splitlines()[0]))
        assert (again.returncode, len(sandbox.ledger)) == (ExitCode.OUTCOME_UNKNOWN, 1)


def test_without_the_extra_one_line_says_what_to_install() -> None:
    code = "import runpy, sys; sys.modules['rich'] = None; runpy.run_module('smscx_client', run_name='__main__')"
    ran = subprocess.run([sys.executable, "-c", code], check=False, capture_output=True, text=True)
    assert (ran.returncode, ran.stdout) == (2, "")
    assert ran.stderr == 'smscx: the command line needs rich: pip install "smscx_client[cli]"\n'


def test_help_imports_nothing_that_it_does_not_need() -> None:
    ran = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "smscx_client", "--help"],
        check=True,
        capture_output=True,
        text=True,
        env={name: value for name, value in os.environ.items() if not name.startswith("COVERAGE")},
    )
    loaded = {line.rpartition("|")[2].strip().partition(".")[0] for line in ran.stderr.splitlines()}
    assert "click" in loaded
    assert {"rich", "werkzeug", "phonenumbers", "sqlite3"}.isdisjoint(loaded)


def test_every_exit_code_is_in_the_guide() -> None:
    told = re.findall(r"^(\d+) \| ", (DOCS / "command-line.md").read_text(encoding="utf-8"), flags=re.MULTILINE)
    assert told == [str(int(code)) for code in ExitCode]


# ---- what costs money


@pytest.mark.parametrize("command", ["rent", "rent unpriced", "renew", "edit", "lookup", "lookup many"])
def test_with_nobody_to_ask_nothing_is_bought(sandbox: Sandbox, api: NumbersApi, command: str) -> None:
    rent_id = rented(api)
    offer = api.get_available_numbers("FR").data[0].number_id
    arguments = {
        "rent": ["rent", offer, "--days", "30", "--country", "FR"],
        "rent unpriced": ["rent", offer, "--days", "30"],
        "renew": ["renew", rent_id],
        "edit": ["edit", rent_id, "--auto-renew"],
        "lookup": ["lookup", "+33612246450"],
        "lookup many": ["lookup", *NUMBERS],
    }[command]
    ran = smscx(sandbox, *arguments, given="y\n")
    assert (ran.returncode, ran.stdout) == (ExitCode.USAGE, "")
    assert "--yes" in ran.stderr
    assert len(sandbox.ledger) == 1
    assert not api.get_rent_status(rent_id).info.auto_renew


@pytest.mark.parametrize("generation", ["2022-10", "2023-02"])
def test_the_price_that_is_shown_is_the_price_that_is_paid(generation: Any) -> None:
    with Sandbox(generation=generation) as sandbox, ApiClient(sandbox.configuration()) as client:
        offers = NumbersApi(client).get_available_numbers("FR").data
        offer = next(offer.number_id for offer in offers if offer.setup_cost)
        ran = smscx(sandbox, "rent", offer, "--days", "7", "--country", "FR", "--yes")
        renewed = smscx(sandbox, "renew", rows(ran)[0]["rentId"], "--days", "30", "--yes")
        shown = re.findall(r"costs ([\d.]+) in the account's currency", ran.stderr + renewed.stderr)
        assert [float(price) for price in shown] == [booking.amount for booking in sandbox.ledger]


def test_a_renewal_keeps_what_no_option_changes(sandbox: Sandbox, api: NumbersApi) -> None:
    rent_id = rented(api, auto_renew=True, callback_url="http://127.0.0.1:9/sms")
    (row,) = rows(smscx(sandbox, "renew", rent_id, "--yes"))
    assert (row["autoRenew"], row["callbackUrl"]) == (True, "http://127.0.0.1:9/sms")
    assert sandbox.ledger[1].amount == sandbox.ledger[0].amount
    ran = smscx(sandbox, "edit", rent_id, "--no-auto-renew", "--no-callback-url")
    assert ran.returncode == 0
    now = api.get_rent_status(rent_id).info
    assert (now.auto_renew, now.callback_url) == (False, None)


@posix
@pytest.mark.parametrize(("answer", "code", "bookings"), [("n", ExitCode.NOT_SPENT, 0), ("y", ExitCode.DONE, 1)])
def test_in_a_terminal_it_asks(sandbox: Sandbox, api: NumbersApi, answer: str, code: ExitCode, bookings: int) -> None:
    import pty

    offer = next(offer for offer in api.get_available_numbers("FR").data if not offer.setup_cost)
    arguments = ["rent", offer.number_id, "--days", "30", "--country", "FR"]
    terminal, end = pty.openpty()
    running = subprocess.Popen(
        [*PROGRAM, *arguments],
        stdin=end,
        stdout=end,
        stderr=end,
        env=environment(sandbox, TERM="xterm"),
        close_fds=True,
    )
    os.close(end)
    shown = b""
    while b"[y/N]" not in shown:
        shown += os.read(terminal, 1000)
    assert sandbox.ledger == []
    os.write(terminal, f"{answer}\n".encode())
    while part := last_of(terminal):
        shown += part
    os.close(terminal)
    assert running.wait() == code
    assert len(sandbox.ledger) == bookings
    assert (b"rentId " in shown) == bool(bookings)
    assert b"{" not in shown


def last_of(terminal: int) -> bytes:
    try:
        return os.read(terminal, 1000)
    except OSError:  # the other end is closed
        return b""


# ---- answers that are lost


def test_a_rent_whose_answer_was_lost_is_found(sandbox: Sandbox, api: NumbersApi) -> None:
    offer = api.get_available_numbers("FR").data[0].number_id
    sandbox.fail_next(drop="after")
    ran = smscx(sandbox, "rent", offer, "--days", "30", "--yes")
    assert ran.returncode == 0
    assert "the service has carried it out" in ran.stderr
    assert [row["rentId"] for row in rows(ran)] == [booking.id for booking in sandbox.ledger]


def test_a_cancellation_whose_answer_was_lost_is_found(sandbox: Sandbox, api: NumbersApi) -> None:
    rent_id = rented(api)
    sandbox.fail_next(drop="after")
    ran = smscx(sandbox, "cancel", rent_id)
    assert (ran.returncode, rows(ran)) == (0, [{"rentId": rent_id}])
    assert [booking.operation for booking in sandbox.ledger] == ["rent_number", "cancel_rent"]


def test_a_renewal_whose_answer_was_lost_is_found(sandbox: Sandbox, api: NumbersApi) -> None:
    rent = api.get_rent_status(rented(api)).info
    sandbox.fail_next(drop="after")
    found = made_once(api, lambda: api.renew_rent(rent.rent_id, RenewRentRequest()), rent_end=rent.rent_end)
    assert found == api.get_rent_status(rent.rent_id).info
    assert len(sandbox.ledger) == 2


def test_what_was_not_carried_out_can_be_tried_again(sandbox: Sandbox, api: NumbersApi) -> None:
    request = RentNumberRequest(api.get_available_numbers("FR").data[0].number_id, 30)
    sandbox.fail_next(drop="before")
    with pytest.raises(Failure, match="cost nothing: try again") as failure:
        made_once(api, lambda: api.rent_number(request), grace=0)
    assert (failure.value.code, sandbox.ledger) == (ExitCode.NO_ANSWER, [])


@posix
@pytest.mark.parametrize(("interrupts", "code"), [(1, ExitCode.DONE), (2, ExitCode.OUTCOME_UNKNOWN)])
def test_ctrl_c_waits_for_the_answer_to_what_is_paid(
    sandbox: Sandbox, api: NumbersApi, interrupts: int, code: ExitCode
) -> None:
    offer = api.get_available_numbers("FR").data[0].number_id
    sandbox.fail_next(delay=1.5)
    running = started(sandbox, "rent", offer, "--days", "30", "--yes")
    until(lambda: bool(sandbox.ledger))
    assert running.stderr is not None
    said = ""
    for _ in range(interrupts):
        running.send_signal(signal.SIGINT)
        said += "" if said else running.stderr.readline()
    output, errors = running.communicate(timeout=30)
    assert running.returncode == code
    assert "waiting for the answer" in said
    assert (sandbox.ledger[0].id in output) == (code == ExitCode.DONE)
    assert ("smscx rented" in errors) == (code == ExitCode.OUTCOME_UNKNOWN)


@posix
def test_ctrl_c_while_a_purchase_waits_for_the_rate_limit_buys_nothing(sandbox: Sandbox, api: NumbersApi) -> None:
    offer = api.get_available_numbers("FR").data[0].number_id
    sandbox.rate_limit(0, window=5)
    running = started(sandbox, "rent", offer, "--days", "30", "--yes")
    until(lambda: any(request.status == 429 for request in sandbox.requests))
    time.sleep(0.3)
    running.send_signal(signal.SIGINT)
    output, errors = running.communicate(timeout=30)
    assert (running.returncode, output) == (ExitCode.INTERRUPTED, "")
    assert "interrupted before anything was sent" in errors
    time.sleep(0.5)
    assert sandbox.ledger == []


@posix
def test_a_job_in_the_background_is_not_interrupted(sandbox: Sandbox, api: NumbersApi) -> None:
    offer = api.get_available_numbers("FR").data[0].number_id
    sandbox.fail_next(delay=1.5)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        running = started(sandbox, "rent", offer, "--days", "30", "--yes")
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    until(lambda: bool(sandbox.ledger))
    for _ in range(3):
        running.send_signal(signal.SIGINT)
        time.sleep(0.1)
    output, errors = running.communicate(timeout=30)
    assert (running.returncode, "waiting" in errors) == (ExitCode.DONE, False)
    assert sandbox.ledger[0].id in output


@pytest.mark.parametrize("command", [["rent", NOBODY, "--days", "1", "--yes"], ["lookup", "+33612246450", "--yes"]])
def test_a_paid_answer_is_shown_whatever_it_holds(serve: Any, command: list[str]) -> None:
    valid = Reply(200, {"data": [{"phoneNumber": "+33612246450", "invalid": False}]})
    server = serve(lambda request: valid if "validate" in request.path else Reply(200, {"data": 7, "brandNew": "x"}))
    ran = smscx(None, *command, SMSCX_HOST=server.url, SMSCX_API_KEY="k")
    assert ran.returncode == 0
    assert rows(ran)[0]["brandNew"] == "x"


# ---- bulk lookups


def test_lookups_are_rows_and_leave_no_file(quick: Sandbox, tmp_path: Path) -> None:
    ran = smscx(quick, "lookup", *NUMBERS[:2], "none", "--yes", TMPDIR=str(tmp_path), TEMP=str(tmp_path))
    assert [(row["input"], row.get("status")) for row in rows(ran)][2] == ("none", None)
    assert [row.get("phoneNumber") for row in rows(ran)] == [*NUMBERS[:2], None]
    assert ran.returncode == ExitCode.NOT_ALL_VALID
    assert "the lookups have cost 0.02" in ran.stderr
    assert list(tmp_path.iterdir()) == []


@posix
def test_progress_is_shown_on_a_terminal_and_is_no_part_of_the_output(quick: Sandbox) -> None:
    import pty

    terminal, end = pty.openpty()
    running = subprocess.Popen(
        [*PROGRAM, "lookup", *NUMBERS, "--yes"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=end,
        encoding="utf-8",
        env=environment(quick, TERM="xterm"),
    )
    os.close(end)
    shown = b""
    while part := last_of(terminal):
        shown += part
    os.close(terminal)
    output, _ = running.communicate(timeout=30)
    assert b"Looking up" in shown
    assert b"/10" in shown
    assert [json.loads(line)["input"] for line in output.splitlines()] == NUMBERS


def test_one_number_is_looked_up_at_once(sandbox: Sandbox) -> None:
    ran = smscx(sandbox, "lookup", "06 12 24 64 50", "--country", "FR", "--yes", "--output", "csv")
    (line,) = csv.DictReader(io.StringIO(ran.stdout))
    assert (line["input"], line["phoneNumber"], line["originalNetwork.name"]) == (
        "06 12 24 64 50",
        "+33612246450",
        "SFR",
    )
    assert [booking.operation for booking in sandbox.ledger] == ["lookup_number"]
    for number in ("none", "+33600000008"):
        ran = smscx(sandbox, "lookup", number, "--yes")
        assert (ran.returncode, rows(ran)) == (ExitCode.NOT_ALL_VALID, [{"input": number}])
    assert len(sandbox.ledger) == 1


def test_max_cost_holds_and_a_higher_one_goes_on(quick: Sandbox, tmp_path: Path) -> None:
    arguments = ["lookup", *NUMBERS, "--yes", "--journal", str(tmp_path / "journal"), "--max-cost"]
    first = smscx(quick, *arguments, "0.04")
    assert first.returncode == ExitCode.NOT_SPENT
    assert sum(paid(quick).values()) == len(rows(first)) == 4
    second = smscx(quick, *arguments, "5")
    assert [row["input"] for row in rows(second)] == NUMBERS
    assert paid(quick) == Counter(NUMBERS)
    again = smscx(quick, "lookup", *NUMBERS, "--journal", str(tmp_path / "journal"))
    assert (again.returncode, rows(again)) == (0, rows(second))


@posix
def test_an_interrupted_lookup_goes_on_with_the_command_that_it_shows(sandbox: Sandbox, tmp_path: Path) -> None:
    running = started(sandbox, "lookup", *NUMBERS, "--yes", "--max-cost", "5", TMPDIR=str(tmp_path))
    until(lambda: bool(sandbox.ledger))
    time.sleep(0.3)
    running.send_signal(signal.SIGINT)
    _, errors = running.communicate(timeout=30)
    assert running.returncode == ExitCode.INTERRUPTED
    assert sum(paid(sandbox).values()) == 1
    command = shlex.split(errors.partition("Go on with: ")[2].splitlines()[0])
    assert command[0] == "smscx"
    with finishing(sandbox):
        ran = smscx(sandbox, *command[1:])
    assert [row["phoneNumber"] for row in rows(ran)] == NUMBERS
    assert paid(sandbox) == Counter(NUMBERS)


@posix
def test_ctrl_c_while_a_batch_is_being_sent_loses_no_answer(sandbox: Sandbox, tmp_path: Path) -> None:
    arguments = ["lookup", *NUMBERS, "--yes", "--journal", str(tmp_path / "journal")]
    sandbox.fail_next(delay=1)
    running = started(sandbox, *arguments)
    until(lambda: bool(sandbox.ledger))
    running.send_signal(signal.SIGINT)
    _, errors = running.communicate(timeout=30)
    assert (running.returncode, "Go on with: smscx lookup" in errors) == (ExitCode.INTERRUPTED, True)
    with finishing(sandbox):
        assert len(rows(smscx(sandbox, *arguments))) == len(NUMBERS)
    assert paid(sandbox) == Counter(NUMBERS)


def test_a_batch_whose_answer_was_lost_is_found_and_not_paid_again(quick: Sandbox, tmp_path: Path) -> None:
    arguments = ["lookup", *NUMBERS, "--yes", "--journal", str(tmp_path / "journal")]
    quick.fail_next(drop="after")
    ran = smscx(quick, *arguments)
    assert (ran.returncode, ran.stdout) == (ExitCode.NO_ANSWER, "")
    assert "10 numbers were looked up" in ran.stderr
    assert [row["phoneNumber"] for row in rows(smscx(quick, *arguments))] == NUMBERS
    assert paid(quick) == Counter(NUMBERS)


# ---- received SMS


@posix
def test_following_shows_each_sms_once_the_oldest_first(sandbox: Sandbox, api: NumbersApi) -> None:
    rent_id = rented(api)
    for text in ("first", "second"):
        sandbox.receive_sms(rent_id, "Bank", text)
    running = started(sandbox, "inbound", rent_id, "--follow", "--every", "0.1")
    assert running.stdout is not None
    shown = [json.loads(running.stdout.readline())["text"] for _ in range(2)]
    for text in ("third", "fourth"):
        sandbox.receive_sms(rent_id, "Bank", text)
        shown.append(json.loads(running.stdout.readline())["text"])
    time.sleep(0.3)
    running.send_signal(signal.SIGINT)
    output, errors = running.communicate(timeout=30)
    assert shown == ["first", "second", "third", "fourth"]
    assert (running.returncode, output, errors) == (ExitCode.INTERRUPTED, "", "\nsmscx: interrupted\n")


def test_a_burst_larger_than_a_page_is_seen_whole(sandbox: Sandbox, api: NumbersApi) -> None:
    rent_id = rented(api)
    inbox = Inbox(api, rent_id)
    for count in (0, 1, 45, 600, 0):
        texts = [str(number) for number in range(count)]
        for text in texts:
            sandbox.receive_sms(rent_id, "Bank", text)
        assert [sms.text for sms in inbox.new()] == texts


def test_an_sms_is_not_missed_where_the_newest_is_known(serve: Any, connect: Any) -> None:
    """SMS of the same second may be listed in any order."""
    pages = iter([["b"], ["b", "a"], ["b", "a"]])
    server = serve(lambda _: Reply(200, {"data": [{"msgId": msg_id} for msg_id in next(pages)]}))
    inbox = Inbox(connect(server), NOBODY)
    assert [[sms.msg_id for sms in inbox.new()] for _ in range(3)] == [["b"], ["a"], []]


def test_the_newest_come_first_and_can_be_limited(sandbox: Sandbox, api: NumbersApi) -> None:
    rent_id = rented(api)
    for text in ("first", "second", "third"):
        sandbox.receive_sms(rent_id, "Bank", text)
    ran = smscx(sandbox, "inbound", "--limit", "2")
    assert [row["text"] for row in rows(ran)] == ["third", "second"]
    assert rent_id in ran.stderr


# ---- tokens, sandboxes, shells


def test_a_token_is_printed_alone_and_the_other_commands_take_it(sandbox: Sandbox) -> None:
    application = {"SMSCX_APPLICATION_ID": APPLICATION_ID, "SMSCX_APPLICATION_SECRET": APPLICATION_SECRET}
    token = smscx(None, "token", SMSCX_HOST=sandbox.url, **application).stdout.strip()
    assert smscx(None, "rented", SMSCX_HOST=sandbox.url, SMSCX_ACCESS_TOKEN=token).returncode == 0
    (whole,) = rows(smscx(sandbox, "token", "--output", "json", **application))
    assert whole["expires_in"] > 0


def test_a_command_can_be_tried_in_a_sandbox_that_is_the_same_each_time(sandbox: Sandbox) -> None:
    first, second = (smscx(sandbox, "--sandbox", "rented") for _ in range(2))
    ids = [row["rentId"] for row in rows(first)]
    assert (len(ids), ids) == (2, [row["rentId"] for row in rows(second)])
    assert all(rent_id in first.stderr for rent_id in ids)
    assert "costs money" in first.stderr
    (sms,) = rows(smscx(sandbox, "--sandbox", "inbound", ids[1]))
    assert sms["text"].startswith("Your code is ")
    assert sandbox.requests == []


@posix
def test_the_sandbox_runs_and_says_how_to_use_it() -> None:
    running = started(None, "sandbox", "--port", "0", "--credit", "0")
    assert running.stdout is not None
    variables = dict(item.split("=", 1) for item in running.stdout.readline().split())
    ran = smscx(None, "lookup", "+33612246450", "--yes", **variables)
    running.send_signal(signal.SIGINT)
    running.communicate(timeout=30)
    assert (ran.returncode, running.returncode) == (ExitCode.CREDIT, ExitCode.INTERRUPTED)


def test_the_name_alone_shows_the_commands() -> None:
    ran = smscx(None)
    assert (ran.returncode, ran.stdout) == (ExitCode.USAGE, "")
    assert "\n  validate   Check phone numbers, at no cost.\n" in ran.stderr


def test_shells_can_complete() -> None:
    ran = smscx(None, _SMSCX_COMPLETE="bash_complete", COMP_WORDS="smscx va", COMP_CWORD="1")
    assert ran.stdout == "plain,validate\n"


# ---- the guide

LINES = [
    line
    for block in re.findall(
        r"^```shell\n(.*?)^```$", (DOCS / "command-line.md").read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL
    )
    for line in block.splitlines()
]


@posix
@pytest.mark.parametrize("line", LINES)
def test_a_line_of_the_guide_works(quick: Sandbox, api: NumbersApi, tmp_path: Path, line: str) -> None:
    sandbox = quick
    rent_id = rented(api)
    program = tmp_path / "bin" / "smscx"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec {shlex.join(PROGRAM)} "$@"\n')
    program.chmod(0o755)
    (tmp_path / "numbers.txt").write_text("\n".join(NUMBERS))
    (tmp_path / "customers.csv").write_text("name,phone\n" + "\n".join(f"x,{number}" for number in NUMBERS))
    sandbox.receive_sms(rent_id, "Bank", "hello") if "inbound" in line else None
    offer = api.get_available_numbers("FR").data[0]
    command = line.replace("NUMBER_ID", offer.number_id).replace("RENT_ID", rent_id).replace("8080", "0")
    more = {
        "PATH": f"{program.parent}{os.pathsep}{os.environ['PATH']}",
        "SMSCX_APPLICATION_ID": APPLICATION_ID,
        "SMSCX_APPLICATION_SECRET": APPLICATION_SECRET,
    }
    running = subprocess.Popen(
        ["bash", "-c", f"set -o pipefail; {command.replace('smscx', 'exec smscx', 1) if endless(line) else command}"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        env=environment(sandbox, **more),
        cwd=tmp_path,
    )
    ended_in_time(running)
    if endless(line):
        assert running.stdout is not None
        assert running.stdout.readline()
        running.send_signal(signal.SIGINT)
    output, errors = running.communicate(timeout=60)
    expected = {ExitCode.INTERRUPTED} if endless(line) else {ExitCode.DONE}
    if "| head" in line:
        expected.add(ExitCode.READER_GONE)
    assert running.returncode in expected, errors
    assert "Traceback" not in errors
    results = [path.read_text() for path in tmp_path.glob("*.csv") if path.name != "customers.csv"]
    assert output or endless(line) or line.startswith("eval") or all(len(text.splitlines()) == 11 for text in results)


def endless(line: str) -> bool:
    return "--follow" in line or line.startswith("smscx sandbox")


# ---- what is around it: streams, terminals, second thoughts


def in_shell(sandbox: Sandbox, command: str) -> subprocess.CompletedProcess[str]:
    """Runs ``smscx`` in a shell, with what that can do to its streams."""
    program = shlex.join(PROGRAM)
    return subprocess.run(
        ["bash", "-c", f'smscx() {{ {program} "$@"; }}; {command}'],
        capture_output=True,
        check=False,
        encoding="utf-8",
        env=environment(sandbox),
        timeout=60,
    )


def test_only_line_breaks_end_a_line(tmp_path: Path) -> None:
    file = tmp_path / "numbers.csv"
    file.write_bytes("id,name,phone\n1,B\x0bC\u2028D\x85,+331\r\n2,E,+332\r3,F,+333".encode())
    assert NumbersSource((), str(file), "phone", None).read() == ["+331", "+332", "+333"]
    text = tmp_path / "numbers.txt"
    text.write_bytes(b"06 12\x0b24\n+332\r\n+333\r+334")
    assert len(NumbersSource((), str(text), None, None).read()) == 4


@posix
def test_nothing_is_bought_whose_answer_has_nowhere_to_go(sandbox: Sandbox, api: NumbersApi) -> None:
    offer = api.get_available_numbers("FR").data[0].number_id
    ran = in_shell(sandbox, f"smscx rent {offer} --days 30 --yes >&-")
    assert (ran.returncode, ran.stderr) == (ExitCode.FILE, "smscx: standard output is closed\n")
    assert sandbox.ledger == []


@posix
@pytest.mark.parametrize("end", ["2>&-", "2>/dev/full", "<&-"])
def test_a_purchase_needs_no_other_stream(sandbox: Sandbox, api: NumbersApi, end: str) -> None:
    offer = api.get_available_numbers("FR").data[0].number_id
    ran = in_shell(sandbox, f"smscx rent {offer} --days 30 --yes {end}")
    assert ran.returncode == 0
    assert rows(ran)[0]["rentId"] == sandbox.ledger[0].id


@posix
@pytest.mark.parametrize("where", ["> /dev/full", "| true"])
def test_a_paid_answer_that_cannot_be_written_is_said(sandbox: Sandbox, where: str) -> None:
    ran = in_shell(sandbox, f"smscx lookup +33612246450 --yes {where}")
    assert sandbox.ledger[0].id in ran.stderr


@posix
def test_closed_standard_input_has_no_numbers(sandbox: Sandbox) -> None:
    ran = in_shell(sandbox, "smscx validate - <&-")
    assert (ran.returncode, "no phone numbers" in ran.stderr) == (ExitCode.USAGE, True)


def test_a_journal_is_not_for_a_sandbox_of_the_commands_own(tmp_path: Path) -> None:
    ran = smscx(None, "--sandbox", "lookup", *NUMBERS, "--yes", "--journal", str(tmp_path / "journal"))
    assert ran.returncode == ExitCode.USAGE
    assert not (tmp_path / "journal").exists()


def test_a_journal_of_other_numbers_is_not_gone_on_with(quick: Sandbox, tmp_path: Path) -> None:
    arguments = ["--yes", "--journal", str(tmp_path / "journal")]
    assert smscx(quick, "lookup", *NUMBERS[:2], *arguments).returncode == 0
    ran = smscx(quick, "lookup", *NUMBERS[5:7], *arguments)
    assert (ran.returncode, "Go on with" in ran.stderr) == (ExitCode.USAGE, False)


@posix
def test_a_second_ctrl_c_gives_up_and_the_journal_knows(sandbox: Sandbox, tmp_path: Path) -> None:
    sandbox.fail_next(delay=8)
    running = started(sandbox, "lookup", *NUMBERS, "--yes", "--journal", str(tmp_path / "journal"))
    until(lambda: bool(sandbox.ledger))
    assert running.stderr is not None
    running.stderr.readline()
    for _ in range(2):
        running.send_signal(signal.SIGINT)
        said = running.stderr.readline()
    _, errors = running.communicate(timeout=10)
    assert (running.returncode, errors) == (ExitCode.OUTCOME_UNKNOWN, "")
    assert "Go on with: smscx lookup" in said
    with finishing(sandbox):
        ran = smscx(sandbox, *shlex.split(said.partition("Go on with: smscx ")[2]))
    assert [row["phoneNumber"] for row in rows(ran)] == NUMBERS
    assert paid(sandbox) == Counter(NUMBERS)


@pytest.mark.parametrize("every", ["nan", "inf", "1e300"])
def test_a_pause_that_is_none_is_refused(sandbox: Sandbox, every: str) -> None:
    ran = smscx(sandbox, "inbound", "--follow", "--every", every)
    assert (ran.returncode, ran.stderr.count("\n")) == (ExitCode.USAGE, 1)


@pytest.mark.parametrize("command", [["smscx_client", "sandbox"], ["smscx_client.sandbox"]])
def test_a_port_that_is_taken_is_said(sandbox: Sandbox, command: list[str]) -> None:
    port = sandbox.url.rpartition(":")[2]
    ran = subprocess.run(
        [sys.executable, "-m", *command, "--port", port], capture_output=True, check=False, encoding="utf-8", timeout=30
    )
    assert ran.returncode == ExitCode.USAGE
    assert f"cannot listen on port {port}: " in ran.stderr.splitlines()[-1]


@posix
@pytest.mark.parametrize("width", [40, 80, 200])
def test_what_is_copied_stays_in_one_piece_on_any_terminal(sandbox: Sandbox, api: NumbersApi, width: int) -> None:
    rent_id = rented(api)
    shown = in_terminal(sandbox, ["rented"], width)
    row = api.get_rented_numbers().data[0]
    for whole in (rent_id, row.phone_number, f"{row.rent_end:%Y-%m-%d}"):
        assert whole in shown


def in_terminal(sandbox: Sandbox, arguments: list[str], width: int) -> str:
    import pty

    terminal, end = pty.openpty()
    running = subprocess.Popen(
        [*PROGRAM, *arguments],
        stdin=end,
        stdout=end,
        stderr=end,
        env=environment(sandbox, TERM="xterm", COLUMNS=str(width)),
        close_fds=True,
    )
    os.close(end)
    shown = b""
    while part := last_of(terminal):
        shown += part
    os.close(terminal)
    assert running.wait() == 0
    return shown.decode()
