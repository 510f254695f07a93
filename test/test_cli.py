"""The command line: input, output, exit codes, and that nobody is charged without confirmation or twice."""

from __future__ import annotations

import contextlib
import csv
import io
import json
import os
import re
import shlex
import signal
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import click
import pytest

from smscx_client import ApiClient, ApiConnectionException, ApiException, ServerErrorException
from smscx_client.api.numbers_api import NumbersApi
from smscx_client.cli.commands.inbound import Inbox
from smscx_client.cli.exit_codes import ExitCode, exit_code_for
from smscx_client.cli.messages import Failure
from smscx_client.cli.paid_calls import call_at_most_once
from smscx_client.cli.phone_numbers import NumbersSource
from smscx_client.cli.prices import format_price
from smscx_client.cli.program import run as run_program
from smscx_client.journal import Journal
from smscx_client.model.rent_number_request import RentNumberRequest
from smscx_client.models import RenewRentRequest
from smscx_client.sandbox import Sandbox
from smscx_client.sandbox.server import APPLICATION_ID, APPLICATION_SECRET
from smscx_client.waiting import lookup_results
from support.scripted_server import Reply

pytestmark = pytest.mark.program
GUIDE = (Path(__file__).parent.parent / "docs" / "command-line.md").read_text(encoding="utf-8")
UNKNOWN_ID = "00000000-0000-4000-8000-000000000000"
NUMBERS = [f"+336122464{number:02}" for number in range(50, 60)]
PROGRAM = [sys.executable, "-W", "error", "-m", "smscx_client"]
posix = pytest.mark.skipif(os.name != "posix", reason="needs POSIX terminals, signals and shells")


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as running:
        yield running


@pytest.fixture
def fast_sandbox(sandbox: Sandbox) -> Iterator[Sandbox]:
    """A sandbox whose bulk lookups finish immediately."""
    with finish_lookups(sandbox):
        yield sandbox


@pytest.fixture
def api(sandbox: Sandbox) -> Iterator[NumbersApi]:
    with ApiClient(sandbox.configuration(retries=0)) as client:
        yield NumbersApi(client)


@pytest.fixture
def number_id(api: NumbersApi) -> str:
    """ID of an available number, other than the one that `rent` takes."""
    return api.get_available_numbers("FR").data[-1].number_id


@contextlib.contextmanager
def finish_lookups(sandbox: Sandbox) -> Iterator[None]:
    ended = threading.Event()

    def finish_repeatedly() -> None:
        while not ended.wait(0.02):
            sandbox.finish_lookups()

    thread = threading.Thread(target=finish_repeatedly)
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


def start(sandbox: Sandbox | None, *arguments: str, **more: str) -> subprocess.Popen[str]:
    running = subprocess.Popen(
        [*PROGRAM, *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        env=environment(sandbox, **more),
    )
    return kill_after_timeout(running)


def kill_after_timeout(running: subprocess.Popen[str]) -> subprocess.Popen[str]:
    """Kill the process if it does not end, so that a test that reads from it fails instead of hanging."""
    timer = threading.Timer(30, running.kill)
    timer.daemon = True
    timer.start()
    return running


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def rows(ran: subprocess.CompletedProcess[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in ran.stdout.splitlines()]


def charged_lookups(sandbox: Sandbox) -> Counter[str]:
    """Return how often each number was looked up, from the account of the sandbox."""
    with sandbox.locked() as account:
        return Counter(lookup.number.e164 for lookup in account.lookups.values())


def rent(api: NumbersApi, days: Any = 7, **options: Any) -> str:
    offers = api.get_available_numbers("FR").data
    offer = next(offer for offer in offers if offer.rent_cost is None or offer.rent_cost[0].days == 1)
    return api.rent_number(RentNumberRequest(offer.number_id, days, **options)).info.rent_id


# ---- input


def test_numbers_are_read_from_arguments_and_standard_input_in_order(sandbox: Sandbox) -> None:
    given = "# mine\n06 12 24 64 51 # home\n\nnone\r\n"
    ran = smscx(sandbox, "validate", "+33612246450", "-", "--country", "FR", given=given)
    assert [(row["input"], row["phoneNumber"], row["invalid"]) for row in rows(ran)] == [
        ("+33612246450", "+33612246450", False),
        ("06 12 24 64 51", "+33612246451", False),
        ("none", "none", True),
    ]
    assert (ran.returncode, ran.stderr) == (ExitCode.NOT_ALL_VALID, "smscx: 1 of 3 numbers are not valid.\n")
    assert smscx(sandbox, "validate", "+33612246450").returncode == ExitCode.OK


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
def test_csv_columns_are_read_in_any_dialect_and_encoding(tmp_path: Path, content: bytes, column: str | None) -> None:
    assert read(tmp_path, content, column) == ["+331", "+332"]


def test_the_encoding_option_overrides_the_default(tmp_path: Path) -> None:
    assert read(tmp_path, "電話\n+331\n".encode("shift-jis"), "電話", "shift-jis") == ["+331"]


@pytest.mark.parametrize(
    ("content", "column", "encoding", "fault"),
    [
        (b"", None, None, "No phone numbers given"),
        (b"# all\n", None, None, "No phone numbers given"),
        (b"a,b\n+331,x\n", "phone", None, "Unknown column 'phone'; valid columns: a, b"),
        (b"a,b\n", "3", None, "Unknown column '3'"),
        (b"a,b\n", "0", None, "Unknown column '0'"),
        (b"a,A\n", "a", None, "Several columns"),
        (b"PK\x03\x04", None, None, "spreadsheet"),
        (b"+331", None, "utf-88", "Unknown encoding 'utf-88'"),
        (b"\xe9", None, "utf-8", "not valid utf-8"),
        (b'a\n"' + b"x" * 200_000, "a", None, "not valid CSV"),
    ],
)
def test_unreadable_input_is_a_usage_error_that_names_the_problem(
    tmp_path: Path, content: bytes, column: str | None, encoding: str | None, fault: str
) -> None:
    with pytest.raises(click.UsageError, match=re.escape(fault)):
        read(tmp_path, content, column, encoding)


def test_a_csv_file_requires_the_column_option(tmp_path: Path) -> None:
    with pytest.raises(click.UsageError, match="--column"):
        read(tmp_path, b"+331,x", None, name="numbers.CSV")
    with pytest.raises(click.UsageError, match="--file"):
        NumbersSource(("+331",), None, "phone", None).read()


# ---- output


def test_json_rows_use_api_field_names_and_csv_has_every_documented_field(sandbox: Sandbox, api: NumbersApi) -> None:
    rent_id = rent(api)
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


@pytest.mark.parametrize("api_version", ["2022-10", "2023-02"])
def test_rented_lists_each_rental_once_whatever_senders_it_accepts(api_version: Any) -> None:
    with Sandbox(api_version=api_version, credit=1000) as sandbox, ApiClient(sandbox.configuration()) as client:
        api = NumbersApi(client)
        offers = [*api.get_available_numbers("FR").data, *api.get_available_numbers("FR", inbound_sms_sender=True).data]
        numbers = {offer.number_id: offer for offer in offers}
        rented = {api.rent_number(RentNumberRequest(number_id, 30)).info.rent_id for number_id in numbers}
        assert sorted(row["rentId"] for row in rows(smscx(sandbox, "rented"))) == sorted(rented)
        if api_version == "2023-02":
            assert 0 < len(rows(smscx(sandbox, "rented", "--alphanumeric-senders"))) < len(rented)


@pytest.mark.parametrize("output", ["json", "csv", "table"])
def test_pipes_get_utf_8_and_terminal_escape_sequences_are_escaped(
    sandbox: Sandbox, api: NumbersApi, output: str
) -> None:
    rent_id = rent(api)
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
def test_a_broken_pipe_ends_the_command_without_a_message(sandbox: Sandbox, tmp_path: Path, output: str) -> None:
    (tmp_path / "numbers").write_text("\n".join(NUMBERS * 300))
    running = start(sandbox, "validate", "--file", str(tmp_path / "numbers"), "--output", output)
    assert running.stdout is not None
    assert running.stdout.read(5)
    running.stdout.close()
    assert running.stderr is not None
    assert running.stderr.read() == ""
    running.stderr.close()
    assert running.wait() == ExitCode.BROKEN_PIPE


# ---- failures


def lose_lookup_response(sandbox: Sandbox) -> None:
    """Lose the response to the lookup, which is the second request, after the validation."""
    sandbox.fail_next(delay=0.01)
    sandbox.fail_next(drop="after")


def remove_credit(sandbox: Sandbox) -> None:
    sandbox.credit = 0


@pytest.mark.parametrize(
    ("code", "arguments", "prepare"),
    [
        (ExitCode.USAGE, "validate", None),
        (ExitCode.USAGE, "no-such-command", None),
        (ExitCode.USAGE, "--api-key sandbox-api-key rented", None),
        (ExitCode.USAGE, f"rent {UNKNOWN_ID} --days 2", None),
        (ExitCode.USAGE, f"edit {UNKNOWN_ID}", None),
        (ExitCode.USAGE, "available FR --include 123456789012345678", None),
        (ExitCode.CREDENTIAL, "--api-key-file empty rented", None),
        (ExitCode.CREDENTIAL, "--api-key-file wrong rented", None),
        (ExitCode.CREDENTIAL, "token", None),
        (ExitCode.CREDIT, "lookup +33612246450 --yes", remove_credit),
        (ExitCode.REJECTED, "available XX", None),
        (ExitCode.NOT_FOUND, f"cancel {UNKNOWN_ID}", None),
        (ExitCode.NOT_FOUND, f"rent {UNKNOWN_ID} --country FR --days 7 --yes", None),
        (ExitCode.NOT_FOUND, "inbound", None),
        (ExitCode.RATE_LIMIT, "rented", lambda sandbox: sandbox.rate_limit(0, window=300)),
        (ExitCode.NO_RESPONSE, "rented", lambda sandbox: sandbox.fail_next(3, status=500)),
        (ExitCode.OUTCOME_UNKNOWN, "lookup +33612246450 --yes", lose_lookup_response),
        (ExitCode.FILE, "validate --file none", None),
        (ExitCode.FILE, "lookup +33612246450 --yes --journal none/journal", None),
    ],
)
def test_a_failure_prints_its_message_and_sets_the_exit_code(
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
    charges = [entry for entry in sandbox.ledger if entry.operation != "credit"]
    assert len(charges) == (code == ExitCode.OUTCOME_UNKNOWN)


def test_an_unknown_outcome_sets_its_exit_code_for_every_exception() -> None:
    for failure in (ApiConnectionException, ServerErrorException, ApiException):
        assert exit_code_for(failure(200, outcome_unknown=True)) == ExitCode.OUTCOME_UNKNOWN


def test_a_missing_credential_prints_how_to_configure_one() -> None:
    ran = smscx(None, "rented")
    assert (ran.returncode, ran.stdout) == (ExitCode.CREDENTIAL, "")
    assert ran.stderr.startswith(
        "smscx: No credential configured; nothing was sent. Set SMSCX_API_KEY or SMSCX_ACCESS_TOKEN"
    )
    assert ran.stderr.count("\n") == 1


def test_the_api_key_is_read_from_a_file(sandbox: Sandbox, tmp_path: Path) -> None:
    (tmp_path / "key").write_text(f"{sandbox.api_key}\n")
    ran = smscx(None, "--api-key-file", str(tmp_path / "key"), "rented", SMSCX_HOST=sandbox.url)
    assert (ran.returncode, ran.stderr) == (0, "smscx: No rentals.\n")


def test_the_message_of_the_service_is_printed_on_one_line(serve: Any) -> None:
    error = {"type": "not_found", "code": 1, "message": "a\r\nb \x1b[2J", "uri": ""}
    server = serve([Reply(404, {"error": error})])
    ran = smscx(None, "rented", SMSCX_HOST=server.url, SMSCX_API_KEY="k")
    assert ran.stderr == "smscx: get_rented_numbers: 404 Not Found. not_found 1: a b \\x1b[2J.\n"


def test_an_undetermined_batch_exits_with_outcome_unknown_on_every_run(tmp_path: Path) -> None:
    with Sandbox(api_version="2022-10") as sandbox:
        sandbox.fail_next(operation="lookup_numbers", drop="after")
        ran = smscx(sandbox, "lookup", *NUMBERS, "--yes", TMPDIR=str(tmp_path), TEMP=str(tmp_path))
        assert ran.returncode == ExitCode.OUTCOME_UNKNOWN
        assert "Resume: smscx lookup --journal" in ran.stderr
        again = smscx(sandbox, *shlex.split(ran.stderr.partition("Resume: smscx ")[2].splitlines()[0]))
        assert (again.returncode, len(sandbox.ledger)) == (ExitCode.OUTCOME_UNKNOWN, 1)


def test_a_missing_extra_prints_how_to_install_it() -> None:
    code = "import runpy, sys; sys.modules['rich'] = None; runpy.run_module('smscx_client', run_name='__main__')"
    ran = subprocess.run([sys.executable, "-c", code], check=False, capture_output=True, encoding="utf-8")
    assert (ran.returncode, ran.stdout) == (2, "")
    assert ran.stderr == 'smscx: The command line needs rich. Run: pip install "smscx_client[cli]"\n'


def test_help_imports_no_slow_modules() -> None:
    ran = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "smscx_client", "--help"],
        check=True,
        capture_output=True,
        encoding="utf-8",
        env={name: value for name, value in os.environ.items() if not name.startswith("COVERAGE")},
    )
    loaded = {line.rpartition("|")[2].strip().partition(".")[0] for line in ran.stderr.splitlines()}
    assert "click" in loaded
    assert {"rich", "werkzeug", "phonenumbers", "sqlite3"}.isdisjoint(loaded)


def test_the_guide_lists_every_exit_code() -> None:
    listed = re.findall(r"^(\d+) \| `(\w+)` \| ", GUIDE, flags=re.MULTILINE)
    assert listed == [(str(int(code)), code.name) for code in ExitCode]


# ---- confirmation and prices


@pytest.mark.parametrize("command", ["rent", "rent unpriced", "renew", "edit", "lookup", "lookup many"])
def test_without_a_terminal_and_yes_nothing_is_charged(
    sandbox: Sandbox, api: NumbersApi, number_id: str, command: str
) -> None:
    rent_id = rent(api)
    arguments = {
        "rent": ["rent", number_id, "--days", "30", "--country", "FR"],
        "rent unpriced": ["rent", number_id, "--days", "30"],
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


@pytest.mark.parametrize("api_version", ["2022-10", "2023-02"])
def test_the_displayed_price_is_the_charged_price(api_version: Any) -> None:
    with Sandbox(api_version=api_version) as sandbox, ApiClient(sandbox.configuration()) as client:
        offers = NumbersApi(client).get_available_numbers("FR").data
        offer = next(offer.number_id for offer in offers if offer.setup_cost)
        ran = smscx(sandbox, "rent", offer, "--days", "7", "--country", "FR", "--yes")
        renewed = smscx(sandbox, "renew", rows(ran)[0]["rentId"], "--days", "30", "--yes")
        shown = re.findall(r"costs ([\d.]+) in the account's currency", ran.stderr + renewed.stderr)
        assert [float(price) for price in shown] == [booking.amount for booking in sandbox.ledger]


def test_renew_keeps_settings_that_are_not_passed(sandbox: Sandbox, api: NumbersApi) -> None:
    rent_id = rent(api, auto_renew=True, callback_url="http://127.0.0.1:9/sms")
    (row,) = rows(smscx(sandbox, "renew", rent_id, "--yes"))
    assert (row["autoRenew"], row["callbackUrl"]) == (True, "http://127.0.0.1:9/sms")
    assert sandbox.ledger[1].amount == sandbox.ledger[0].amount
    ran = smscx(sandbox, "edit", rent_id, "--no-auto-renew", "--no-callback-url")
    assert ran.returncode == 0
    now = api.get_rent_status(rent_id).info
    assert (now.auto_renew, now.callback_url) == (False, None)


@posix
@pytest.mark.parametrize(("answer", "code", "bookings"), [("n", ExitCode.NOT_SPENT, 0), ("y", ExitCode.OK, 1)])
def test_a_terminal_shows_a_confirmation_prompt(
    sandbox: Sandbox, api: NumbersApi, answer: str, code: ExitCode, bookings: int
) -> None:
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
    shown += read_to_end(terminal)
    assert running.wait() == code
    assert len(sandbox.ledger) == bookings
    assert (b"rentId " in shown) == bool(bookings)
    assert b"{" not in shown


def read_to_end(terminal: int) -> bytes:
    shown = b""
    with contextlib.suppress(OSError):  # the process closed the other end
        while part := os.read(terminal, 1000):
            shown += part
    os.close(terminal)
    return shown


# ---- lost responses and Ctrl-C


def test_rent_finds_the_rental_after_a_lost_response(sandbox: Sandbox, number_id: str) -> None:
    sandbox.fail_next(drop="after")
    ran = smscx(sandbox, "rent", number_id, "--days", "30", "--yes")
    assert ran.returncode == 0
    assert "The request was processed." in ran.stderr
    assert [row["rentId"] for row in rows(ran)] == [booking.id for booking in sandbox.ledger]


def test_cancel_finds_the_cancellation_after_a_lost_response(sandbox: Sandbox, api: NumbersApi) -> None:
    rent_id = rent(api)
    sandbox.fail_next(drop="after")
    ran = smscx(sandbox, "cancel", rent_id)
    assert (ran.returncode, rows(ran)) == (0, [{"rentId": rent_id}])
    assert [booking.operation for booking in sandbox.ledger] == ["rent_number", "cancel_rent"]


def test_a_renewal_is_found_after_a_lost_response(sandbox: Sandbox, api: NumbersApi) -> None:
    rental = api.get_rent_status(rent(api)).info
    sandbox.fail_next(drop="after")
    found = call_at_most_once(api, lambda: api.renew_rent(rental.rent_id, RenewRentRequest()), rent_end=rental.rent_end)
    assert found == api.get_rent_status(rental.rent_id).info
    assert len(sandbox.ledger) == 2


def test_a_request_that_was_not_processed_is_reported_as_not_charged(
    sandbox: Sandbox, api: NumbersApi, number_id: str
) -> None:
    request = RentNumberRequest(number_id, 30)
    sandbox.fail_next(drop="before")
    with pytest.raises(Failure, match="not processed, and you were not charged. Try again") as failure:
        call_at_most_once(api, lambda: api.rent_number(request), grace=0)
    assert (failure.value.code, sandbox.ledger) == (ExitCode.NO_RESPONSE, [])


@posix
@pytest.mark.parametrize("interrupt", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize(("interrupts", "code"), [(1, ExitCode.OK), (2, ExitCode.OUTCOME_UNKNOWN)])
def test_ctrl_c_and_sigterm_wait_for_the_response_to_a_paid_request(
    sandbox: Sandbox, number_id: str, interrupts: int, code: ExitCode, interrupt: signal.Signals
) -> None:
    sandbox.fail_next(delay=1.5)
    running = start(sandbox, "rent", number_id, "--days", "30", "--yes")
    wait_until(lambda: bool(sandbox.ledger))
    assert running.stderr is not None
    message = ""
    for _ in range(interrupts):
        running.send_signal(interrupt)
        message += "" if message else running.stderr.readline()
    output, errors = running.communicate(timeout=30)
    assert running.returncode == code
    assert "Waiting for the response" in message
    assert (sandbox.ledger[0].id in output) == (code == ExitCode.OK)
    assert ("smscx rented" in errors) == (code == ExitCode.OUTCOME_UNKNOWN)


@posix
def test_ctrl_c_during_a_rate_limit_delay_cancels_the_request(sandbox: Sandbox, number_id: str) -> None:
    sandbox.rate_limit(0, window=5)
    running = start(sandbox, "rent", number_id, "--days", "30", "--yes")
    wait_until(lambda: any(request.status == 429 for request in sandbox.requests))
    time.sleep(0.3)
    running.send_signal(signal.SIGINT)
    output, errors = running.communicate(timeout=30)
    assert (running.returncode, output) == (ExitCode.INTERRUPTED, "")
    assert "Interrupted. The request was not processed, and you were not charged." in errors
    assert sandbox.ledger == []


@posix
def test_a_background_job_ignores_ctrl_c(sandbox: Sandbox, number_id: str) -> None:
    sandbox.fail_next(delay=1.5)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        running = start(sandbox, "rent", number_id, "--days", "30", "--yes")
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    wait_until(lambda: bool(sandbox.ledger))
    for _ in range(3):
        running.send_signal(signal.SIGINT)
        time.sleep(0.1)
    output, errors = running.communicate(timeout=30)
    assert (running.returncode, "Waiting" in errors) == (ExitCode.OK, False)
    assert sandbox.ledger[0].id in output


@pytest.mark.parametrize("command", [["rent", UNKNOWN_ID, "--days", "1", "--yes"], ["lookup", "+33612246450", "--yes"]])
def test_a_paid_response_is_printed_even_if_it_is_malformed(serve: Any, command: list[str]) -> None:
    valid = Reply(200, {"data": [{"phoneNumber": "+33612246450", "invalid": False}]})
    server = serve(lambda request: valid if "validate" in request.path else Reply(200, {"data": 7, "brandNew": "x"}))
    ran = smscx(None, *command, SMSCX_HOST=server.url, SMSCX_API_KEY="k")
    assert ran.returncode == 0
    assert rows(ran)[0]["brandNew"] == "x"


# ---- bulk lookups


def test_lookup_prints_one_row_per_number_and_deletes_its_temporary_journal(
    fast_sandbox: Sandbox, tmp_path: Path
) -> None:
    ran = smscx(fast_sandbox, "lookup", *NUMBERS[:2], "none", "--yes", TMPDIR=str(tmp_path), TEMP=str(tmp_path))
    assert [(row["input"], row.get("status")) for row in rows(ran)][2] == ("none", None)
    assert [row.get("phoneNumber") for row in rows(ran)] == [*NUMBERS[:2], None]
    assert ran.returncode == ExitCode.NOT_ALL_VALID
    assert "The lookups cost 0.02 in total" in ran.stderr
    assert list(tmp_path.iterdir()) == []


@posix
def test_progress_is_shown_on_the_terminal_but_not_in_the_output(fast_sandbox: Sandbox) -> None:
    import pty

    terminal, end = pty.openpty()
    running = subprocess.Popen(
        [*PROGRAM, "lookup", *NUMBERS, "--yes"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=end,
        encoding="utf-8",
        env=environment(fast_sandbox, TERM="xterm"),
    )
    os.close(end)
    shown = read_to_end(terminal)
    output, _ = running.communicate(timeout=30)
    assert b"Looking up" in shown
    assert b"/10" in shown
    assert [json.loads(line)["input"] for line in output.splitlines()] == NUMBERS


def test_one_number_is_looked_up_with_a_single_call(sandbox: Sandbox) -> None:
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


def test_max_cost_caps_the_cost_and_a_higher_one_resumes_the_run(fast_sandbox: Sandbox, tmp_path: Path) -> None:
    arguments = ["lookup", *NUMBERS, "--yes", "--journal", str(tmp_path / "journal"), "--max-cost"]
    first = smscx(fast_sandbox, *arguments, "0.04")
    assert first.returncode == ExitCode.NOT_SPENT
    assert sum(charged_lookups(fast_sandbox).values()) == len(rows(first)) == 4
    second = smscx(fast_sandbox, *arguments, "5")
    assert [row["input"] for row in rows(second)] == NUMBERS
    assert charged_lookups(fast_sandbox) == Counter(NUMBERS)
    again = smscx(fast_sandbox, "lookup", *NUMBERS, "--journal", str(tmp_path / "journal"))
    assert (again.returncode, rows(again)) == (0, rows(second))


@posix
@pytest.mark.parametrize("interrupt", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_lookup_resumes_with_the_printed_command(
    sandbox: Sandbox, tmp_path: Path, interrupt: signal.Signals
) -> None:
    running = start(sandbox, "lookup", *NUMBERS, "--yes", "--max-cost", "5", TMPDIR=str(tmp_path))
    wait_until(lambda: bool(sandbox.ledger) and sandbox.requests[-1].operation == "get_bulk_lookup_status")
    running.send_signal(interrupt)
    _, errors = running.communicate(timeout=30)
    assert running.returncode == ExitCode.INTERRUPTED
    assert sum(charged_lookups(sandbox).values()) == 1
    command = shlex.split(errors.partition("Resume: ")[2].splitlines()[0])
    assert command[0] == "smscx"
    with finish_lookups(sandbox):
        ran = smscx(sandbox, *command[1:])
    assert [row["phoneNumber"] for row in rows(ran)] == NUMBERS
    assert charged_lookups(sandbox) == Counter(NUMBERS)


@posix
def test_ctrl_c_while_a_batch_is_sent_loses_no_paid_results(sandbox: Sandbox, tmp_path: Path) -> None:
    arguments = ["lookup", *NUMBERS, "--yes", "--journal", str(tmp_path / "journal")]
    sandbox.fail_next(operation="lookup_numbers", delay=1)
    running = start(sandbox, *arguments)
    wait_until(lambda: bool(sandbox.ledger))
    running.send_signal(signal.SIGINT)
    _, errors = running.communicate(timeout=30)
    assert (running.returncode, "Resume: smscx lookup" in errors) == (ExitCode.INTERRUPTED, True)
    with finish_lookups(sandbox):
        assert len(rows(smscx(sandbox, *arguments))) == len(NUMBERS)
    assert charged_lookups(sandbox) == Counter(NUMBERS)


def test_a_batch_with_a_lost_response_is_found_and_not_charged_twice(fast_sandbox: Sandbox, tmp_path: Path) -> None:
    arguments = ["lookup", *NUMBERS, "--yes", "--journal", str(tmp_path / "journal")]
    fast_sandbox.fail_next(operation="lookup_numbers", drop="after")
    ran = smscx(fast_sandbox, *arguments)
    assert "checking with free calls whether it was processed" in ran.stderr
    assert [row["phoneNumber"] for row in rows(ran)] == NUMBERS
    assert [row["phoneNumber"] for row in rows(smscx(fast_sandbox, *arguments))] == NUMBERS
    assert charged_lookups(fast_sandbox) == Counter(NUMBERS)


def test_a_list_that_was_looked_up_is_not_paid_again_with_a_new_journal(fast_sandbox: Sandbox, tmp_path: Path) -> None:
    first, second = (["lookup", *NUMBERS, "--yes", "--journal", str(tmp_path / name)] for name in ("first", "second"))
    assert smscx(fast_sandbox, *first).returncode == ExitCode.OK
    ran = smscx(fast_sandbox, *second)
    assert (ran.returncode, ran.stdout) == (ExitCode.NOT_SPENT, "")
    assert "has these numbers" in ran.stderr
    assert "Pass --allow-repeat to pay again." in ran.stderr
    assert smscx(fast_sandbox, *second, "--allow-repeat").returncode == ExitCode.OK
    assert charged_lookups(fast_sandbox) == Counter(NUMBERS * 2)


# ---- received SMS


@posix
def test_follow_shows_each_sms_once_oldest_first(sandbox: Sandbox, api: NumbersApi) -> None:
    rent_id = rent(api)
    for text in ("first", "second"):
        sandbox.receive_sms(rent_id, "Bank", text)
    running = start(sandbox, "inbound", rent_id, "--follow", "--interval", "0.1")
    assert running.stdout is not None
    shown = [json.loads(running.stdout.readline())["text"] for _ in range(2)]
    for text in ("third", "fourth"):
        sandbox.receive_sms(rent_id, "Bank", text)
        shown.append(json.loads(running.stdout.readline())["text"])
    requests = len(sandbox.requests)
    wait_until(lambda: len(sandbox.requests) > requests + 2)
    running.send_signal(signal.SIGINT)
    output, errors = running.communicate(timeout=30)
    assert shown == ["first", "second", "third", "fourth"]
    assert (running.returncode, output, errors) == (ExitCode.INTERRUPTED, "", "\nsmscx: Interrupted.\n")


def test_polling_returns_every_sms_of_a_burst_larger_than_a_page(sandbox: Sandbox, api: NumbersApi) -> None:
    rent_id = rent(api)
    inbox = Inbox(api, rent_id)
    for count in (0, 1, 45, 600, 0):
        texts = [str(number) for number in range(count)]
        for text in texts:
            sandbox.receive_sms(rent_id, "Bank", text)
        assert [sms.text for sms in inbox.poll()] == texts


def test_polling_finds_a_new_sms_listed_after_a_known_one(serve: Any, connect: Any) -> None:
    """The service may list SMS of the same second in any order."""
    pages = iter([["b"], ["b", "a"], ["b", "a"]])
    server = serve(lambda _: Reply(200, {"data": [{"msgId": msg_id} for msg_id in next(pages)]}))
    inbox = Inbox(connect(server), UNKNOWN_ID)
    assert [[sms.msg_id for sms in inbox.poll()] for _ in range(3)] == [["b"], ["a"], []]


def test_inbound_shows_the_newest_sms_first_up_to_the_limit(sandbox: Sandbox, api: NumbersApi) -> None:
    rent_id = rent(api)
    for text in ("first", "second", "third"):
        sandbox.receive_sms(rent_id, "Bank", text)
    ran = smscx(sandbox, "inbound", "--limit", "2")
    assert [row["text"] for row in rows(ran)] == ["third", "second"]
    assert rent_id in ran.stderr


# ---- tokens, sandboxes, shells


def test_token_prints_only_a_token_that_other_commands_accept(sandbox: Sandbox) -> None:
    application = {"SMSCX_APPLICATION_ID": APPLICATION_ID, "SMSCX_APPLICATION_SECRET": APPLICATION_SECRET}
    token = smscx(None, "token", SMSCX_HOST=sandbox.url, **application).stdout.strip()
    assert smscx(None, "rented", SMSCX_HOST=sandbox.url, SMSCX_ACCESS_TOKEN=token).returncode == 0
    (whole,) = rows(smscx(sandbox, "token", "--output", "json", **application))
    assert whole["expires_in"] > 0


def test_the_sandbox_option_uses_the_same_temporary_sandbox_each_time(sandbox: Sandbox) -> None:
    first, second = (smscx(sandbox, "--sandbox", "rented") for _ in range(2))
    ids = [row["rentId"] for row in rows(first)]
    assert (len(ids), ids) == (2, [row["rentId"] for row in rows(second)])
    assert all(rent_id in first.stderr for rent_id in ids)
    assert "nothing costs money" in first.stderr
    (sms,) = rows(smscx(sandbox, "--sandbox", "inbound", ids[1]))
    assert sms["text"].startswith("Your code is ")
    assert sandbox.requests == []


@posix
def test_the_sandbox_command_prints_the_variables_to_use_it() -> None:
    running = start(None, "sandbox", "--port", "0", "--credit", "0")
    assert running.stdout is not None
    variables = dict(item.split("=", 1) for item in running.stdout.readline().split())
    ran = smscx(None, "lookup", "+33612246450", "--yes", **variables)
    running.send_signal(signal.SIGINT)
    running.communicate(timeout=30)
    assert (ran.returncode, running.returncode) == (ExitCode.CREDIT, ExitCode.INTERRUPTED)


def test_without_arguments_the_commands_are_listed() -> None:
    ran = smscx(None)
    assert (ran.returncode, ran.stdout) == (ExitCode.USAGE, "")
    assert "\n  validate    Validate phone numbers (free).\n" in ran.stderr


def test_shell_completion_completes_commands() -> None:
    ran = smscx(None, _SMSCX_COMPLETE="bash_complete", COMP_WORDS="smscx va", COMP_CWORD="1")
    assert ran.stdout == "plain,validate\n"


# ---- the guide

LINES = [
    line
    for block in re.findall(r"^```shell\n(.*?)^```$", GUIDE, flags=re.MULTILINE | re.DOTALL)
    for line in block.splitlines()
]


@pytest.fixture
def guide_directory(tmp_path: Path) -> Path:
    """A directory with the program and the input files that the guide uses."""
    program = tmp_path / "bin" / "smscx"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec {shlex.join(PROGRAM)} "$@"\n')
    program.chmod(0o755)
    (tmp_path / "numbers.txt").write_text("\n".join(NUMBERS))
    (tmp_path / "customers.csv").write_text("name,phone\n" + "\n".join(f"x,{number}" for number in NUMBERS))
    return tmp_path


@posix
@pytest.mark.parametrize("line", LINES)
def test_a_line_of_the_guide_works(
    fast_sandbox: Sandbox, api: NumbersApi, number_id: str, guide_directory: Path, line: str
) -> None:
    rent_id = rent(api)
    if "inbound" in line:
        fast_sandbox.receive_sms(rent_id, "Bank", "hello")
    endless = "--follow" in line or line.startswith("smscx sandbox")
    command = line.replace("NUMBER_ID", number_id).replace("RENT_ID", rent_id).replace("8080", "0")
    running = start_guide_line(fast_sandbox, command.replace("smscx", "exec smscx", endless), guide_directory)
    if endless:
        interrupt_after_output(running)
    output, errors = running.communicate(timeout=60)
    expected = {ExitCode.INTERRUPTED} if endless else {ExitCode.OK}
    if "| head" in line:
        expected.add(ExitCode.BROKEN_PIPE)
    assert running.returncode in expected, errors
    assert "Traceback" not in errors
    assert output or endless or line.startswith("eval") or csv_sizes(guide_directory) == {11}


def interrupt_after_output(running: subprocess.Popen[str]) -> None:
    assert running.stdout is not None
    assert running.stdout.readline()
    running.send_signal(signal.SIGINT)


def csv_sizes(directory: Path) -> set[int]:
    """Return the numbers of lines in the CSV files that a command wrote."""
    written = set(directory.glob("*.csv")) - {directory / "customers.csv"}
    return {len(path.read_text().splitlines()) for path in written}


def start_guide_line(sandbox: Sandbox, command: str, directory: Path) -> subprocess.Popen[str]:
    more = {
        "PATH": f"{directory / 'bin'}{os.pathsep}{os.environ['PATH']}",
        "SMSCX_APPLICATION_ID": APPLICATION_ID,
        "SMSCX_APPLICATION_SECRET": APPLICATION_SECRET,
    }
    running = subprocess.Popen(
        ["bash", "-c", f"set -o pipefail; {command}"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        env=environment(sandbox, **more),
        cwd=directory,
    )
    return kill_after_timeout(running)


# ---- streams, terminals and edge cases


def run_in_shell(sandbox: Sandbox, command: str) -> subprocess.CompletedProcess[str]:
    """Run ``smscx`` in a shell, which can redirect or close its streams."""
    program = shlex.join(PROGRAM)
    return subprocess.run(
        ["bash", "-c", f'smscx() {{ {program} "$@"; }}; {command}'],
        capture_output=True,
        check=False,
        encoding="utf-8",
        env=environment(sandbox),
        timeout=60,
    )


def test_only_line_breaks_separate_lines(tmp_path: Path) -> None:
    file = tmp_path / "numbers.csv"
    file.write_bytes("id,name,phone\n1,B\x0bC\u2028D\x85,+331\r\n2,E,+332\r3,F,+333".encode())
    assert NumbersSource((), str(file), "phone", None).read() == ["+331", "+332", "+333"]
    text = tmp_path / "numbers.txt"
    text.write_bytes(b"06 12\x0b24\n+332\r\n+333\r+334")
    assert len(NumbersSource((), str(text), None, None).read()) == 4


@posix
def test_nothing_is_charged_if_standard_output_is_closed(sandbox: Sandbox, number_id: str) -> None:
    ran = run_in_shell(sandbox, f"smscx rent {number_id} --days 30 --yes >&-")
    assert (ran.returncode, ran.stderr) == (
        ExitCode.FILE,
        "smscx: Standard output is closed; nothing was sent. Redirect it to a file or a pipe.\n",
    )
    assert sandbox.ledger == []


@posix
@pytest.mark.parametrize("end", ["2>&-", "2>/dev/full", "<&-"])
def test_rent_works_without_standard_error_or_standard_input(sandbox: Sandbox, number_id: str, end: str) -> None:
    ran = run_in_shell(sandbox, f"smscx rent {number_id} --days 30 --yes {end}")
    assert ran.returncode == 0
    assert rows(ran)[0]["rentId"] == sandbox.ledger[0].id


@posix
@pytest.mark.parametrize("where", ["> /dev/full", "| true"])
def test_a_paid_response_goes_to_standard_error_if_the_output_fails(sandbox: Sandbox, where: str) -> None:
    ran = run_in_shell(sandbox, f"smscx lookup +33612246450 --yes {where}")
    assert sandbox.ledger[0].id in ran.stderr


@posix
def test_closed_standard_input_is_a_usage_error(sandbox: Sandbox) -> None:
    ran = run_in_shell(sandbox, "smscx validate - <&-")
    assert (ran.returncode, "No phone numbers given" in ran.stderr) == (ExitCode.USAGE, True)


def test_the_journal_option_is_rejected_with_a_temporary_sandbox(tmp_path: Path) -> None:
    ran = smscx(None, "--sandbox", "lookup", *NUMBERS, "--yes", "--journal", str(tmp_path / "journal"))
    assert ran.returncode == ExitCode.USAGE
    assert not (tmp_path / "journal").exists()


def test_a_journal_of_other_numbers_is_rejected(fast_sandbox: Sandbox, tmp_path: Path) -> None:
    arguments = ["--yes", "--journal", str(tmp_path / "journal")]
    assert smscx(fast_sandbox, "lookup", *NUMBERS[:2], *arguments).returncode == 0
    ran = smscx(fast_sandbox, "lookup", *NUMBERS[5:7], *arguments)
    assert (ran.returncode, "Resume" in ran.stderr) == (ExitCode.USAGE, False)


@posix
def test_a_second_ctrl_c_stops_at_once_and_the_journal_can_resume(sandbox: Sandbox, tmp_path: Path) -> None:
    sandbox.fail_next(delay=8)
    running = start(sandbox, "lookup", *NUMBERS, "--yes", "--journal", str(tmp_path / "journal"))
    wait_until(lambda: bool(sandbox.ledger))
    assert running.stderr is not None
    running.stderr.readline()
    for _ in range(2):
        running.send_signal(signal.SIGINT)
        message = running.stderr.readline()
    _, errors = running.communicate(timeout=10)
    assert (running.returncode, errors) == (ExitCode.OUTCOME_UNKNOWN, "")
    assert "Resume: smscx lookup" in message
    with finish_lookups(sandbox):
        ran = smscx(sandbox, *shlex.split(message.partition("Resume: smscx ")[2]))
    assert [row["phoneNumber"] for row in rows(ran)] == NUMBERS
    assert charged_lookups(sandbox) == Counter(NUMBERS)


@pytest.mark.parametrize("every", ["nan", "inf", "1e300"])
def test_an_invalid_polling_interval_is_a_usage_error(sandbox: Sandbox, every: str) -> None:
    ran = smscx(sandbox, "inbound", "--follow", "--interval", every)
    assert (ran.returncode, ran.stderr.count("\n")) == (ExitCode.USAGE, 1)


@pytest.mark.parametrize("command", [["smscx_client", "sandbox"], ["smscx_client.sandbox"]])
def test_a_port_in_use_is_a_usage_error(sandbox: Sandbox, command: list[str]) -> None:
    port = sandbox.url.rpartition(":")[2]
    ran = subprocess.run(
        [sys.executable, "-m", *command, "--port", port], capture_output=True, check=False, encoding="utf-8", timeout=30
    )
    assert ran.returncode == ExitCode.USAGE
    assert f"cannot listen on port {port}: " in ran.stderr.splitlines()[-1]


@posix
@pytest.mark.parametrize("width", [40, 80, 200])
def test_ids_and_phone_numbers_never_wrap(sandbox: Sandbox, api: NumbersApi, width: int) -> None:
    rent_id = rent(api)
    shown = run_in_terminal(sandbox, ["rented"], width)
    row = api.get_rented_numbers().data[0]
    for whole in (rent_id, row.phone_number, f"{row.rent_end:%Y-%m-%d}"):
        assert whole in shown


def run_in_terminal(sandbox: Sandbox, arguments: list[str], width: int) -> str:
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
    shown = read_to_end(terminal)
    assert running.wait() == 0
    return shown.decode()


# ---- malformed responses and hostile text


ODD_ROW: dict[str, Any] = {
    "rentId": 5,
    "numberId": UNKNOWN_ID,
    "rentStart": 7,
    "rentEnd": "never",
    "rentPeriod": "7",
    "autoRenew": "no",
    "renewCost": 3,
    "rentCost": [{"days": 7, "cost": "1"}],
    "invalid": "no",
    "msgId": 7,
    "cost": True,
    "phoneNumber": 33612246450,
}
ODD_BODIES: list[Any] = [
    {},
    {"data": None},
    {"info": None},
    {"data": [None, 1, "x", {}]},
    {"data": [{}]},
    {"data": {}, "info": {}},
    {"data": 7, "info": "x", "paging": 3},
    {"data": [], "paging": {"next": 5}},
    {"info": {"rentId": 5}, "data": {"lookupId": 5}},
    {"info": ODD_ROW, "data": [ODD_ROW], "access_token": 5},
    b'{"info": {"rentEnd": "2030-01-01 00:00:00", "rentPeriod": 7, "autoRenew": true, "phoneNumber": "+1",'
    b' "renewCost": [{"days": 7, "cost": NaN}]},'
    b' "data": [{"numberId": "%s", "rentCost": [{"days": 7, "cost": -1e999}]}]}' % UNKNOWN_ID.encode(),
    {"info": {"deep": json.loads("[" * 400 + "]" * 400)}, "data": {"deep": json.loads("[" * 400 + "]" * 400)}},
]
OFFER = {"numberId": UNKNOWN_ID, "phoneNumber": "+33612246450", "rentCost": [{"days": 7, "cost": 1.5}], "setupCost": 0}
RENTAL = {
    "rentId": UNKNOWN_ID,
    "phoneNumber": "+33612246450",
    "rentPeriod": 7,
    "rentStart": "2030-01-01 00:00:00",
    "rentEnd": "2030-01-08 00:00:00",
    "renewCost": [{"days": 7, "cost": 1.5}],
    "autoRenew": False,
}
GOOD_BODIES: dict[str, Any] = {
    f"GET /numbers/rent/{UNKNOWN_ID}": {"info": RENTAL},
    "GET /numbers/rent/available/FR": {"data": [OFFER]},
    "GET /numbers/lookup": {"data": []},
    "POST /numbers/validate": {"data": [{"phoneNumber": "+33612246450", "invalid": False}]},
    f"GET /numbers/rent/{UNKNOWN_ID}/inbound": {"data": []},
}
RENT = f"rent {UNKNOWN_ID} --days 7 --country FR --yes"
PROCESSED = {  # commands whose last request was processed when it has a 2xx status
    RENT: "POST /numbers/rent",
    f"renew {UNKNOWN_ID} --yes": f"PATCH /numbers/rent/{UNKNOWN_ID}",
    f"cancel {UNKNOWN_ID}": f"DELETE /numbers/rent/{UNKNOWN_ID}",
    f"edit {UNKNOWN_ID} --auto-renew --yes": f"PATCH /numbers/rent/{UNKNOWN_ID}/edit",
    "lookup +33612246450 --yes": "GET /numbers/lookup/33612246450",
}
FREE = [
    (RENT, "GET /numbers/rent/available/FR"),
    (f"renew {UNKNOWN_ID} --yes", f"GET /numbers/rent/{UNKNOWN_ID}"),
    (f"edit {UNKNOWN_ID} --auto-renew --yes", f"GET /numbers/rent/{UNKNOWN_ID}"),
    ("lookup +33612246450 --yes", "POST /numbers/validate"),
    ("lookup +33612246450 +33612246451 --max-cost 1 --yes", "POST /numbers/validate"),
    ("rented", "GET /numbers/rent"),
    ("available FR", "GET /numbers/rent/available/FR"),
    ("inbound", "GET /numbers/rent"),
    (f"inbound {UNKNOWN_ID}", f"GET /numbers/rent/{UNKNOWN_ID}/inbound"),
    ("validate +33612246450", "POST /numbers/validate"),
    ("token", "POST /oauth/token"),
    ("token --output csv", "POST /oauth/token"),
]


class Ran(NamedTuple):
    code: int
    output: str
    errors: str
    paid: int
    """Requests that cost money."""


@pytest.fixture
def run_here(
    serve: Any, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Callable[..., Ran]:
    """Run a command in this process, against a server that replies to one request with an odd body."""

    def run(arguments: str, request: str, body: Any) -> Ran:
        def reply(received: Any) -> Reply:
            key = f"{received.method} {urllib.parse.unquote(received.path)}"
            return Reply(200, body if key == request else GOOD_BODIES.get(key, {}))

        server = serve(reply)
        variables = {"HOST": server.url, "API_KEY": "k", "APPLICATION_ID": "a", "APPLICATION_SECRET": "s"}
        for name, value in variables.items():
            monkeypatch.setenv(f"SMSCX_{name}", value)
        monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
        monkeypatch.setattr(sys, "argv", ["smscx", *arguments.split()])
        monkeypatch.setattr(warnings, "showwarning", warnings.showwarning)
        code = run_program()
        output, errors = capfd.readouterr()
        paid = sum(f"{sent.method} {urllib.parse.unquote(sent.path)}" in PAID_REQUESTS for sent in server.requests)
        return Ran(code, output, errors, paid)

    return run


PAID_REQUESTS = {"POST /numbers/rent", f"PATCH /numbers/rent/{UNKNOWN_ID}", "POST /numbers/lookup"} | {
    f"GET /numbers/lookup/{number[1:]}" for number in NUMBERS
}


@pytest.mark.parametrize("output", ["json", "csv", "table"])
@pytest.mark.parametrize("body", ODD_BODIES, ids=range(len(ODD_BODIES)))
@pytest.mark.parametrize("command", PROCESSED)
def test_a_processed_request_succeeds_and_its_odd_response_is_shown(
    run_here: Callable[..., Ran], command: str, body: Any, output: str
) -> None:
    ran = run_here(f"{command} --output {output}", PROCESSED[command], body)
    assert ran.code == ExitCode.OK, ran.errors
    assert "not charged" not in ran.errors
    assert "Traceback" not in ran.errors
    assert ran.paid == command.startswith(("rent ", "renew", "lookup"))
    name = "data" if command.startswith("lookup") else "info"
    sent = json.loads(body, parse_constant=str) if isinstance(body, bytes) else body
    sent = json.loads(json.dumps(sent).replace("-Infinity", '"-Infinity"'))
    shown = sent[name] if isinstance(sent.get(name), dict) and sent[name] else sent
    if output == "json":
        row = json.loads(ran.output, parse_constant=pytest.fail)
        assert {key: row[key] for key in shown} == shown
    _, malformed, received = ran.errors.partition("The request was processed, but its response is malformed: ")
    if malformed:
        assert json.loads(received.splitlines()[0]) == sent
    else:
        assert str(shown.get("rentId") or shown["phoneNumber"]) in ran.output


@pytest.mark.parametrize("body", ODD_BODIES, ids=range(len(ODD_BODIES)))
@pytest.mark.parametrize(("command", "request_line"), FREE)
def test_a_malformed_response_to_a_free_call_ends_in_a_message_and_an_exit_code(
    run_here: Callable[..., Ran], command: str, request_line: str, body: Any
) -> None:
    ran = run_here(command, request_line, body)
    assert ran.paid == 0
    assert "Traceback" not in ran.errors
    assert ran.code in {ExitCode.NO_RESPONSE, ExitCode.NOT_FOUND, ExitCode.OK}
    if body == {} or "--yes" in command:
        assert ran.code != ExitCode.OK
    if ran.code == ExitCode.NO_RESPONSE:
        message = ran.errors.splitlines()[-1]
        assert message.startswith("smscx: ")
        assert "response" in message


@pytest.mark.parametrize("body", ODD_BODIES, ids=range(len(ODD_BODIES)))
def test_an_odd_status_of_a_paid_bulk_lookup_keeps_the_journal(
    run_here: Callable[..., Ran], body: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The status is polled until it is complete, so an empty one is a timeout."""
    paid = {"info": {"lookupBulkId": "bulk", "totalCost": 0.02, "totalValid": 2, "totalPhoneNumbers": 2}, "data": []}
    monkeypatch.setitem(GOOD_BODIES, "POST /numbers/lookup", paid)
    monkeypatch.setitem(lookup_results.__kwdefaults__, "timeout", 0.0)
    ran = run_here(
        f"lookup {NUMBERS[0]} {NUMBERS[1]} --yes --journal {tmp_path / 'journal'}",
        "GET /numbers/lookup/lookupBulkId/bulk",
        body,
    )
    assert (ran.code, ran.paid) == (ExitCode.NO_RESPONSE, 1)
    assert "Traceback" not in ran.errors
    assert "not charged" not in ran.errors
    assert "Resume: smscx lookup" in ran.errors
    with Journal(tmp_path / "journal") as journal:
        assert [batch.result_id for batch in journal.entries()] == ["bulk"]


@pytest.mark.parametrize("body", ODD_BODIES, ids=range(len(ODD_BODIES)))
@pytest.mark.parametrize("polls", [0, 1])
def test_follow_ends_in_a_message_if_a_poll_is_malformed(serve: Any, body: Any, polls: int) -> None:
    replies = iter([{"data": [{"msgId": "1", "text": "first"}]}] * polls)
    server = serve(lambda _: Reply(200, next(replies, body)))
    running = start(
        None, "inbound", UNKNOWN_ID, "--follow", "--interval", "0.1", SMSCX_HOST=server.url, SMSCX_API_KEY="k"
    )
    wait_until(lambda: len(server.requests) > 2 or running.poll() is not None)
    running.send_signal(signal.SIGINT)
    output, errors = running.communicate(timeout=30)
    assert ("first" in output) == bool(polls)
    assert running.returncode in {ExitCode.NO_RESPONSE, ExitCode.INTERRUPTED}
    assert "Traceback" not in errors
    if isinstance(body, dict) and "data" not in body:
        assert running.returncode == ExitCode.NO_RESPONSE


HOSTILE = "a\x00\x07\t\r\x1b[2J\x7f\x85\x9b31m\u061c\u200e\u200f\u2028\u2029\u202e\u2066\u2069\ud800z"
CONTROLS = set(HOSTILE) - set("a[2J31mz")


@pytest.mark.parametrize("output", ["json", "csv", "table"])
@pytest.mark.parametrize(
    ("command", "request_line", "body"),
    [
        (f"inbound {UNKNOWN_ID}", f"GET /numbers/rent/{UNKNOWN_ID}/inbound", {"data": [{"text": HOSTILE}]}),
        ("rented", "GET /numbers/rent", {"data": [{"rentId": HOSTILE, HOSTILE: [{HOSTILE: HOSTILE}]}]}),
        ("available FR", "GET /numbers/rent/available/FR", {"data": [{"numberId": [{HOSTILE: HOSTILE}]}]}),
        ("validate +33612246450", "POST /numbers/validate", {"data": [{"invalid": False, "timezone": HOSTILE}]}),
        (RENT, "POST /numbers/rent", {"info": {"rentId": HOSTILE, HOSTILE: HOSTILE}}),
        (RENT, "POST /numbers/rent", {"info": HOSTILE, HOSTILE: 1}),
        ("token", "POST /oauth/token", {"access_token": HOSTILE, "scope": HOSTILE}),
    ],
)
def test_text_of_the_service_is_printed_without_control_characters(
    run_here: Callable[..., Ran], command: str, request_line: str, body: Any, output: str
) -> None:
    ran = run_here(f"{command} --output {output}", request_line, body)
    assert ran.code == ExitCode.OK
    assert not CONTROLS & set(ran.output + ran.errors)
    assert "\\x1b[2J" in ran.output + ran.errors or "\\u001b[2J" in ran.output + ran.errors
    if output == "json":
        name = "data" if "data" in body else "info"
        (row,) = body[name] if name == "data" else [body.get(name)]
        shown = json.loads(ran.output)
        expected = row if isinstance(row, dict) else body
        assert {key: shown[key] for key in expected} == expected


def test_a_token_is_printed_on_one_line_without_control_characters(run_here: Callable[..., Ran]) -> None:
    ran = run_here("token", "POST /oauth/token", {"access_token": HOSTILE + "\nsecond"})
    assert ran.output.count("\n") == 1
    assert not CONTROLS & set(ran.output)


@posix
def test_a_received_sms_cannot_forge_a_field_in_a_narrow_terminal(sandbox: Sandbox, api: NumbersApi) -> None:
    rent_id = rent(api)
    sandbox.receive_sms(rent_id, "Bank", "hello\nfrom  Forged")
    shown = run_in_terminal(sandbox, ["inbound", rent_id], 10)
    assert [line for line in shown.splitlines() if line.startswith("from")] == ["from            Bank"]


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        ("=HYPERLINK(1)", "'=HYPERLINK(1)"),
        ("+1+1", "'+1+1"),
        ("-1+1", "'-1+1"),
        ("@SUM(1)", "'@SUM(1)"),
        ("\t=1", "'\\t=1"),
        ("\r=1", "'\\r=1"),
        ("\n=1", "'\n=1"),
        ("\uff1d1", "'\uff1d1"),
        ("+33612246450\n=1", "'+33612246450\n=1"),
        ("+33612246450", "+33612246450"),
        ("1=1", "1=1"),
        ("", ""),
        (-5, "-5"),
        (-0.5, "-0.5"),
        (["=1"], '["=1"]'),
        (None, ""),
    ],
)
def test_text_in_csv_is_never_a_formula(run_here: Callable[..., Ran], text: Any, cell: str) -> None:
    rows_sent = {"data": [{"text": text, "from": "+33612246450"}]}
    ran = run_here(f"inbound {UNKNOWN_ID} --output csv", f"GET /numbers/rent/{UNKNOWN_ID}/inbound", rows_sent)
    (row,) = csv.DictReader(io.StringIO(ran.output, newline=""))
    assert (row["text"], row["from"]) == (cell, "+33612246450")


@pytest.mark.parametrize("output", ["json", "csv"])
def test_the_input_column_has_the_number_as_passed_whatever_the_service_sends(
    run_here: Callable[..., Ran], output: str
) -> None:
    result = {"phoneNumber": "x", "invalid": True, "input": "=forged"}
    ran = run_here(f"validate =06-12 --output {output}", "POST /numbers/validate", {"data": [result]})
    assert ran.code == ExitCode.NOT_ALL_VALID
    row = json.loads(ran.output) if output == "json" else next(csv.DictReader(io.StringIO(ran.output)))
    assert row["input"] == "=06-12"


# ---- options everywhere, doctor, completion, one rental, one-time codes


def test_options_of_the_program_may_stand_after_the_command() -> None:
    for arguments in (["--sandbox", "rented", "-o", "json"], ["rented", "--json", "--sandbox"]):
        ran = smscx(None, *arguments, SMSCX_API_KEY="")
        assert (ran.returncode, len(rows(ran))) == (0, 2)


def test_an_api_key_file_may_stand_after_the_command(sandbox: Sandbox, tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_text(sandbox.api_key)
    ran = smscx(sandbox, "validate", NUMBERS[0], "--api-key-file", str(file), SMSCX_API_KEY="")
    assert ran.returncode == 0


def test_doctor_makes_one_free_call_and_shows_no_credential(sandbox: Sandbox) -> None:
    ran = smscx(sandbox, "doctor")
    assert ran.returncode == 0
    assert [line.partition(":")[0] for line in ran.stdout.splitlines()] == [
        "Host", "Credential", "Proxy", "TLS", "Call", "Clock", "Rate limit",
    ]  # fmt: skip
    assert "API key in SMSCX_API_KEY" in ran.stdout
    assert sandbox.api_key not in ran.stdout + ran.stderr
    assert (len(sandbox.requests), sandbox.ledger) == (1, [])


def test_doctor_says_what_to_do_if_the_call_fails(sandbox: Sandbox) -> None:
    ran = smscx(sandbox, "doctor", SMSCX_API_KEY="wrong")
    assert ran.returncode == 3
    assert "Set SMSCX_API_KEY" in ran.stderr


def test_doctor_shows_the_proxy_without_its_password(sandbox: Sandbox) -> None:
    ran = smscx(sandbox, "doctor", http_proxy="http://me:s3cret@127.0.0.1:9", no_proxy="")
    assert "\nProxy:       127.0.0.1:9\n" in ran.stdout
    assert "s3cret" not in ran.stdout + ran.stderr
    assert ran.returncode == 8


def test_doctor_says_what_the_service_does_not_send(serve: Callable[..., Any]) -> None:
    server = serve(lambda _: Reply(body={"data": {"phoneNumber": "+33612246450"}}))
    ran = smscx(None, "doctor", SMSCX_HOST=server.url, SMSCX_API_KEY="k")
    assert "\nRate limit:  unknown\n" in ran.stdout
    assert ran.returncode == 0


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_prints_a_script_whose_requests_the_program_answers(shell: str) -> None:
    script = smscx(None, "completion", shell)
    assert (script.returncode, "_SMSCX_COMPLETE" in script.stdout) == (0, True)
    answer = smscx(
        None, _SMSCX_COMPLETE=f"{shell}_complete", COMP_WORDS="smscx ren", COMP_CWORD="ren" if shell == "fish" else "1"
    )
    assert "rented" in answer.stdout


def test_one_rental_is_shown(sandbox: Sandbox, api: NumbersApi, number_id: str) -> None:
    rent_id = api.rent_number(RentNumberRequest(number_id, 7)).info.rent_id
    ran = smscx(sandbox, "rented", rent_id)
    assert rows(ran)[0]["rentId"] == rent_id
    assert smscx(sandbox, "rented", UNKNOWN_ID).returncode == 6


def test_an_empty_result_says_so(sandbox: Sandbox) -> None:
    assert "No rentals." in smscx(sandbox, "rented").stderr


def test_inbound_waits_for_a_code_and_prints_only_the_code(sandbox: Sandbox, api: NumbersApi, number_id: str) -> None:
    rent_id = api.rent_number(RentNumberRequest(number_id, 7)).info.rent_id
    running = start(sandbox, "inbound", rent_id, "--wait-for-code")
    wait_until(lambda: any(request.operation == "get_inbound_sms" for request in sandbox.requests))
    sandbox.receive_sms(rent_id, "Shop", "Your code is 482913. Do not share it.")
    assert running.communicate()[0] == "482913\n"
    expired = smscx(sandbox, "inbound", rent_id, "--wait-for-code", "--timeout", "0")
    assert (expired.returncode, expired.stdout) == (8, "")


@pytest.mark.parametrize(("price", "text"), [(4.5, "4.50"), (0.0075, "0.0075"), (3, "3.00"), (1234567, "1234567.00")])
def test_a_price_has_at_least_two_decimals_and_all_that_it_needs(price: float, text: str) -> None:
    assert format_price(price).startswith(f"{text} ")
