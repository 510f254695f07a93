"""The sandbox's page shows and drives the account, in Chromium.

Set the environment variable ``SAVE_SCREENSHOTS`` to write the screenshots of the documentation to docs/images.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import urllib3

from smscx_client.api.numbers_api import NumbersApi
from smscx_client.models import NumbersLookupRequest, RentNumberRequest
from smscx_client.sandbox import Sandbox
from smscx_client.sandbox.responses import ApiVersion
from support.browser import CHROMEDRIVER, CHROMIUM, Browser
from support.scripted_server import Handler, Reply, ScriptedServer

FRENCH = "+33612246450"
IMAGES = Path(__file__).parent.parent.parent / "docs" / "images"
SCREENSHOTS = {
    "overview": ["1280-light"],
    "numbers": ["1280-light", "1280-dark", "390-light", "390-dark"],
    "webhooks": ["1280-light"],
}
"""Screenshots of the documentation, by view."""
VIEWS = ("overview", "numbers", "lookups", "requests", "webhooks", "ledger", "controls")
WIDTHS = {1280: 800, 390: 844}
MESSAGE = ".conversation:not([hidden]) .messages"
COMPOSER = ".conversation:not([hidden]) .composer"
ENTER, TAB = "\ue007", "\ue004"
in_browser = pytest.mark.skipif(
    CHROMIUM is None or CHROMEDRIVER is None,
    reason="the page is tested in Chromium, which is not installed: apt-get install chromium chromium-driver",
)
needs_browser = pytest.mark.browser


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    running = Browser()
    yield running
    running.close()


@pytest.fixture
def browser(chromium: Browser, sandbox: Sandbox) -> Iterator[Browser]:
    """Open the page, and check at the end that the console is empty."""
    chromium.display(1280, 800, "light")
    chromium.open(sandbox.url)
    chromium.wait_for_text("#live", "Live")
    yield chromium
    chromium.leave()
    assert chromium.console() == []


def go(browser: Browser, view: str) -> None:
    browser.click(f".views a[href='#{view}']")
    browser.wait(lambda: browser.run("return document.activeElement.id") == f"{view}-title")


def rent(api: NumbersApi, index: int = 0, callback_url: str | None = None) -> str:
    offers = api.get_available_numbers("FR", registration=False).data
    return api.rent_number(RentNumberRequest(offers[index].number_id, 7, callback_url=callback_url)).info.rent_id


@in_browser
@needs_browser
def test_a_rented_number_receives_an_sms_without_a_reload(browser: Browser, sandbox: Sandbox) -> None:
    browser.run("window.loaded = 'once'")
    go(browser, "numbers")
    browser.click("#numbers [data-action=rent] button")
    browser.wait_for_text(".conversation:not([hidden])", "Rental ID")
    assert sandbox.ledger[-1].operation == "rent_number"
    browser.type(f"{COMPOSER} textarea", "Your code is 482913")
    browser.click(f"{COMPOSER} button")
    browser.wait_for_text(MESSAGE, "Your code is 482913")
    browser.wait_for_text(".threads", "Your code is 482913")
    rent_id = browser.run("return document.querySelector('.conversation:not([hidden])').id").removeprefix("rental-")
    sandbox.receive_sms(rent_id, "Bank", "From Python")
    browser.wait_for_text(MESSAGE, "From Python")
    assert browser.run("return window.loaded") == "once"


@in_browser
@needs_browser
def test_a_failed_webhook_can_be_delivered_again(
    browser: Browser, api: NumbersApi, sandbox: Sandbox, serve: Callable[[Handler], ScriptedServer]
) -> None:
    status = 500
    receiver = serve(lambda _: Reply(status, {"received": status == 200}))
    sandbox.receive_sms(rent(api, callback_url=receiver.url + "/sms"), "Bank", "Your code is 482913")
    assert sandbox.flush_webhooks(timeout=20)
    go(browser, "webhooks")
    browser.wait_for_text("#delivery-rows", "attempt 6")
    assert browser.text("#delivery-rows .badge") == "500"
    status = 200
    browser.click("#delivery-rows summary")
    browser.wait_for_text("#delivery-rows details[open]", "482913")
    assert '"received": false' in browser.text("#delivery-rows details[open]")
    browser.click("#delivery-rows details[open] button")
    browser.wait(lambda: browser.text("#delivery-rows .badge") == "200")
    assert json.loads(receiver.requests[-1].body) == json.loads(receiver.requests[0].body)
    assert browser.run("return document.activeElement.textContent") == "Deliver again"


@in_browser
@needs_browser
def test_an_update_keeps_focus_and_unsent_text(browser: Browser, api: NumbersApi, sandbox: Sandbox) -> None:
    rent_id = rent(api)
    browser.wait(lambda: browser.run("return document.querySelector('.conversation')"))
    browser.open(f"{sandbox.url}/#rental-{rent_id}")
    browser.wait_for_text("#live", "Live")
    browser.click(f"{COMPOSER} textarea")
    browser.type(f"{COMPOSER} textarea", "half a mess")
    sandbox.receive_sms(rent_id, "Bank", "Another message")
    rent(api, 1)
    browser.wait_for_text(MESSAGE, "Another message")
    browser.wait(lambda: browser.run("return document.querySelectorAll('.threads a').length") == 2)
    assert browser.run("return document.activeElement.value") == "half a mess"
    browser.type(f"{COMPOSER} textarea", "age" + ENTER)
    browser.wait_for_text(MESSAGE, "half a message")
    browser.wait(lambda: browser.run("return document.activeElement.value") == "")


@in_browser
@needs_browser
def test_the_controls_drive_the_account(browser: Browser, sandbox: Sandbox) -> None:
    go(browser, "controls")
    browser.click("[data-action=top_up] button")
    browser.wait_for_text("#status", "110.00")
    started = browser.text("#status time")
    browser.click("#controls [data-control=advance]:nth-child(3)")
    browser.wait(lambda: browser.text("#status time")[:10] > started[:10])
    browser.click("[data-action=fail_next] button")
    browser.wait_for_text("#faults", "error: 503 Internal server error")
    go(browser, "lookups")
    browser.click("#lookups [data-action=lookup] button")
    browser.wait_for_text("#message", "Internal server error")
    (refused,) = browser.wait_for_console()
    assert "503" in refused
    browser.click("#lookups [data-action=lookup] button")
    browser.wait_for_text("#lookup-rows", FRENCH)
    assert [request.status for request in sandbox.requests] == [503, 200]
    go(browser, "ledger")
    browser.wait_for_text("#ledger-rows", "-0.01")
    go(browser, "controls")
    browser.click("[data-control=reset]")
    browser.accept_dialog()
    browser.wait_for_text("#status", "100.00")
    go(browser, "ledger")
    browser.wait_for_text("#ledger-rows", "No charges or refunds yet.")
    assert sandbox.requests == []


@in_browser
@needs_browser
def test_requests_show_their_bodies(browser: Browser, api: NumbersApi) -> None:
    api.lookup_numbers(NumbersLookupRequest([FRENCH, "12"]))
    go(browser, "requests")
    browser.wait_for_text("#request-rows", "lookup_numbers")
    browser.click("#request-rows summary")
    shown = browser.text("#request-rows details[open]")
    assert "x-api-key: ***" in shown
    assert f'"{FRENCH}"' in shown
    assert '"lookupBulkId"' in shown


@in_browser
@needs_browser
def test_the_newest_sms_of_a_long_conversation_is_in_view(browser: Browser, api: NumbersApi, sandbox: Sandbox) -> None:
    rent_id = rent(api)
    for number in range(60):
        sandbox.receive_sms(rent_id, "Bank", f"Message {number}")
    browser.open(f"{sandbox.url}/?long#rental-{rent_id}")
    browser.wait_for_text(MESSAGE, "Message 59")
    sandbox.receive_sms(rent_id, "Bank", "Message 60")
    browser.wait_for_text(MESSAGE, "Message 60")
    left = (
        "const log = document.querySelector(arguments[0]); return log.scrollHeight - log.scrollTop - log.clientHeight"
    )
    browser.wait(lambda: browser.run(left, MESSAGE) < 5)


@in_browser
@needs_browser
@pytest.mark.parametrize("api_version", ["2022-10", "2023-02"])
def test_a_number_can_be_rented_in_each_api_version(chromium: Browser, api_version: ApiVersion) -> None:
    with Sandbox(api_version=api_version) as sandbox:
        chromium.open(f"{sandbox.url}/#numbers")
        chromium.click("#numbers [data-action=rent] button")
        chromium.wait_for_text(".conversation:not([hidden])", "for 7 days")
        assert f"API version {api_version}" in chromium.text(".brand")


@in_browser
@needs_browser
def test_received_html_is_shown_as_text(browser: Browser, api: NumbersApi, sandbox: Sandbox) -> None:
    attack = "<img src=x onerror=alert(1)><script>alert(2)</script>&amp;"
    rent_id = rent(api)
    sandbox.receive_sms(rent_id, attack, attack)
    go(browser, "numbers")
    browser.wait_for_text(MESSAGE, attack)
    browser.open(f"{sandbox.url}/?reload#rental-{rent_id}")
    browser.wait_for_text(MESSAGE, attack)
    assert browser.run("return document.querySelectorAll('main img, main script').length") == 0


@in_browser
@needs_browser
def test_screen_readers_get_landmarks_and_names(browser: Browser, api: NumbersApi) -> None:
    rent(api)
    for view in VIEWS:
        go(browser, view)
        nodes = [(node["role"]["value"], node.get("name", {}).get("value")) for node in browser.accessibility_tree()]
        assert {"banner", "navigation", "main", "status"} <= {role for role, _ in nodes}
        assert ("heading", view.capitalize()) in nodes
        widgets = {"textbox", "combobox", "spinbutton", "button", "link", "log", "article", "region", "progressbar"}
        assert [role for role, name in nodes if role in widgets and not name] == []


@in_browser
@needs_browser
def test_the_page_works_with_the_keyboard(browser: Browser, api: NumbersApi, sandbox: Sandbox) -> None:
    rent_id = rent(api)
    browser.open(f"{sandbox.url}/?keyboard")
    browser.press(TAB)
    assert browser.run("return document.activeElement.textContent") == "Skip to content"
    browser.press(TAB)
    browser.press(TAB)
    assert browser.run("return document.activeElement.hash") == "#numbers"
    browser.press(ENTER)
    browser.wait(lambda: browser.run("return document.activeElement.id") == "numbers-title")
    for _ in range(5):
        browser.press(TAB)
    assert browser.run("return document.activeElement.hash") == f"#rental-{rent_id}"
    browser.press(ENTER)
    browser.wait(lambda: browser.run("return document.activeElement.id") == f"title-{rent_id}")
    for _ in range(3):
        browser.press(TAB)
    assert browser.run("return document.activeElement.name") == "text"


@in_browser
@needs_browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", WIDTHS)
def test_the_page_fits_the_screen(
    browser: Browser,
    api: NumbersApi,
    sandbox: Sandbox,
    serve: Callable[[Handler], ScriptedServer],
    width: int,
    scheme: str,
) -> None:
    receiver = serve(lambda _: Reply(200))
    rent(api, 2)
    sandbox.receive_sms(rent(api, 1), "Bank", "Welcome to online banking.")
    first = rent(api, 0, receiver.url + "/sms")
    for sender, text in (
        (FRENCH, "Your code is 482913. It expires in ten minutes."),
        ("Parcel", "Your parcel arrives today between 10:00 and 12:00: https://example.com/track/4711"),
        (FRENCH, "Your code is 730265. It expires in ten minutes."),
    ):
        sandbox.receive_sms(first, sender, text)
    for number in ("+33600000002", "+33600000007", FRENCH):
        api.lookup_number(number)
    api.lookup_numbers(NumbersLookupRequest([FRENCH, "+4915123456789", "12"]))
    sandbox.finish_lookups()
    sandbox.fail_next(2, status=503)
    assert sandbox.flush_webhooks()
    browser.display(width, WIDTHS[width], scheme)
    for view in VIEWS:
        browser.open(f"{sandbox.url}/?{view}#{view}")
        browser.wait_for_text("#live", "Live")
        browser.wait_for_text("#status", "Credit")
        browser.run("document.querySelector(`#${arguments[0]} .log details`)?.setAttribute('open', '')", view)
        assert browser.run("return document.documentElement.scrollWidth") == width, view
        if os.environ.get("SAVE_SCREENSHOTS") and f"{width}-{scheme}" in SCREENSHOTS.get(view, ()):
            (IMAGES / f"sandbox-{view}-{width}-{scheme}.png").write_bytes(browser.screenshot())


@in_browser
@needs_browser
def test_webhooks_fail_and_the_clock_stops_from_the_page(
    browser: Browser, api: NumbersApi, sandbox: Sandbox, serve: Callable[[Handler], ScriptedServer]
) -> None:
    receiver = serve(lambda _: Reply(200))
    rent_id = rent(api, callback_url=receiver.url + "/sms")
    go(browser, "controls")
    browser.click("[data-control=freeze_time]")
    browser.wait_for_text("#status", "frozen")
    browser.run("document.querySelector('[name=fail]').value = 6")
    browser.click("[data-control=webhook_faults] button")
    browser.wait_for_text("#message", "Webhook faults set.")
    sandbox.receive_sms(rent_id, "Bank", "Your code is 482913")
    assert sandbox.flush_webhooks()
    assert receiver.requests == []
    go(browser, "webhooks")
    browser.wait_for_text("#delivery-rows", "attempt 6")
    assert browser.text("#delivery-rows .badge") == "failed"
    browser.click("#delivery-rows summary")
    browser.click("#delivery-rows details[open] button")
    browser.wait(lambda: browser.text("#delivery-rows .badge") == "200")
    assert len(receiver.requests) == 1
    go(browser, "controls")
    browser.click("[data-control=resume_time]")
    browser.wait(lambda: "frozen" not in browser.text("#status"))


@in_browser
@needs_browser
def test_the_page_adds_a_fault_for_an_error_of_one_operation(browser: Browser, sandbox: Sandbox) -> None:
    go(browser, "controls")
    browser.type("[name=error_code]", "1113")
    browser.run("document.querySelector('[name=operation]').value = 'rent_number'")
    browser.click("[name=malformed_json]")
    browser.click("[data-action=fail_next] button")
    browser.wait_for_text("#faults", "operation: rent_number, error: 400 Insufficient credit, malformed json: True")
    go(browser, "numbers")
    browser.click("#numbers [data-action=rent] button")
    browser.wait_for_text("#message", "The response is not valid JSON.")
    (malformed,) = browser.wait_for_console()
    assert "400" in malformed
    assert sandbox.ledger == []


@in_browser
@needs_browser
def test_the_page_shows_and_drives_another_account(browser: Browser, sandbox: Sandbox) -> None:
    go(browser, "controls")
    browser.click("[data-control=create_account]")
    browser.wait(lambda: browser.run("return document.querySelectorAll('#accounts option').length") == 2)
    browser.run(
        "const menu = document.querySelector('#accounts'); menu.selectedIndex = 1;"
        "menu.dispatchEvent(new Event('change', { bubbles: true }))"
    )
    browser.wait_for_text("#copy-key", "sandbox-api-key-1")
    browser.wait_for_text("#live", "Live")
    browser.click("[data-action=top_up] button")
    browser.wait_for_text("#status", "110.00")
    go(browser, "lookups")
    browser.click("#lookups [data-action=lookup] button")
    browser.wait_for_text("#lookup-rows", FRENCH)
    assert sandbox.credit == 100
    assert sandbox.requests == []


def test_the_page_and_its_files_refuse_another_host_and_another_origin(sandbox: Sandbox, http: Any) -> None:
    for path in ("/", "/events", "/page.js", "/page.css", "/page.svg"):
        assert http("GET", path, headers={"Host": "evil.example"}).status == 403
        assert http("GET", path, headers={"Origin": "http://evil.example"}).status == 403
        assert http("HEAD", path).status == 200
        assert http("POST", path, {}).status == 404
    assert http("POST", "/_sandbox/credit", {"credit": 5}, headers={"Origin": sandbox.url}).status == 200
    assert sandbox.credit == 5


def test_the_page_shows_the_beginning_of_a_long_body(sandbox: Sandbox, http: Any) -> None:
    http("POST", "/numbers/validate", {"phoneNumbers": ["9" * 200_000]})
    page = http("GET", "/").data.decode()
    assert f"&quot;{'9' * 3000}" in page
    assert len(page) < 100_000


def test_the_page_allows_no_inline_script_and_no_other_origin(sandbox: Sandbox) -> None:
    with urllib3.PoolManager() as pool:
        for path in ("/", "/page.js", "/page.css", "/page.svg"):
            response = pool.request("GET", sandbox.url + path)
            policy = response.headers["Content-Security-Policy"]
            assert response.status == 200
            assert "default-src 'none'; script-src 'self'; style-src 'self'" in policy
            assert "unsafe" not in policy
            assert response.headers["X-Content-Type-Options"] == "nosniff"
        page = pool.request("GET", sandbox.url).data.decode()
    assert "style=" not in page
    assert sandbox.requests == []


def test_events_send_the_sections_that_changed(sandbox: Sandbox) -> None:
    with urllib3.PoolManager() as pool:
        response = pool.request("GET", sandbox.url + "/events", preload_content=False)
        assert response.headers["Content-Type"] == "text/event-stream"
        everything = json.loads(response.readline().removeprefix(b"data: "))
        assert {"status", "threads", "request-rows"} <= {section["id"] for section in everything}
        sandbox.credit = 7
        changed = {}
        while "figures" not in changed:
            line = response.readline()
            if line.startswith(b"data: "):
                changed = {section["id"]: section["html"] for section in json.loads(line.removeprefix(b"data: "))}
        assert "7.00" in changed["figures"]
        assert "request-rows" not in changed
        response.close()
