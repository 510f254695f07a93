"""HTML page that shows the current state of an account."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

from smscx_client.sandbox.account import Account
from smscx_client.sandbox.rentals import Rental
from smscx_client.sandbox.requests import RecordedRequest

MAX_ROWS = 25
_STYLE = """
:root { color-scheme: light dark; --line: #8884; --soft: #8881; --ink: #2563eb; }
body { font: 15px/1.5 system-ui, sans-serif; margin: 0 auto; max-width: 72rem; padding: 2rem 1.5rem; }
header { display: flex; flex-wrap: wrap; gap: 1rem; align-items: baseline; justify-content: space-between; }
h1 { font-size: 1.4rem; margin: 0; } h2 { font-size: 1.05rem; margin: 2.2rem 0 .6rem; }
.figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(9rem, 1fr)); gap: .8rem; margin-top: 1.4rem; }
.figures div { background: var(--soft); border-radius: .6rem; padding: .8rem 1rem; }
.figures b { display: block; font-size: 1.5rem; font-variant-numeric: tabular-nums; }
.scroll { overflow-x: auto; border: 1px solid var(--line); border-radius: .6rem; }
table { border-collapse: collapse; width: 100%; font-size: .9rem; }
th, td { text-align: left; padding: .4rem .8rem; white-space: nowrap; }
th { background: var(--soft); font-weight: 600; } tr + tr td { border-top: 1px solid var(--line); }
td { font-variant-numeric: tabular-nums; } td.text { white-space: normal; min-width: 16rem; }
code { font-size: .85em; } .none { color: #888; margin: 0; } .bad { color: #dc2626; } .good { color: #16a34a; }
a { color: var(--ink); }
"""


def account_page(account: Account, requests: Sequence[RecordedRequest], api_version: str) -> str:
    """Return the page, with the newest rentals, SMS, lookups and requests."""
    rentals = list(account.rentals.values())
    figures = {
        "credit": f"{account.ledger.credit:,.2f}",
        "active rentals": f"{sum(rental.active for rental in rentals):,}",
        "received SMS": f"{sum(len(rental.received) for rental in rentals):,}",
        "lookups": f"{len(account.lookups):,}",
        "bulk lookups": f"{len(account.lookups.bulk):,}",
    }
    return "\n".join(
        (
            "<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport content='width=device-width'>",
            "<meta http-equiv=refresh content=3>",
            f"<title>SMS.CX sandbox</title><style>{_STYLE}</style>",
            (
                f"<header><h1>SMS.CX sandbox</h1><span>API version {escape(api_version)} · "
                f"{account.clock.now():%Y-%m-%d %H:%M:%S} UTC · <a href=/openapi.json>openapi.json</a></span></header>"
            ),
            "<div class=figures>"
            + "".join(f"<div><b>{value}</b>{name}</div>" for name, value in figures.items())
            + "</div>",
            _rentals(rentals),
            _received_sms(rentals),
            _lookups(account),
            _requests(requests),
        )
    )


def _rentals(rentals: Sequence[Rental]) -> str:
    return _table(
        "Rentals",
        ("number", "rental ID", "days", "cost", "start", "end", "auto-renew", "status", "SMS"),
        (
            (
                escape(rental.offer.phone_number),
                f"<code>{rental.rent_id}</code>",
                rental.period,
                f"{rental.cost:.2f}",
                f"{rental.start:%Y-%m-%d %H:%M}",
                f"{rental.end:%Y-%m-%d %H:%M}",
                "yes" if rental.auto_renew else "no",
                "<span class=good>active</span>" if rental.active else "ended",
                len(rental.received),
            )
            for rental in reversed(rentals[-MAX_ROWS:])
        ),
    )


def _received_sms(rentals: Sequence[Rental]) -> str:
    received = sorted(
        (sms for rental in rentals for sms in rental.received[-MAX_ROWS:]), key=lambda sms: sms.received_at
    )
    return _table(
        "Received SMS",
        ("time", "from", "to", "text"),
        (
            (f"{sms.received_at:%Y-%m-%d %H:%M:%S}", escape(sms.sender), escape(sms.to), escape(sms.text))
            for sms in reversed(received[-MAX_ROWS:])
        ),
    )


def _lookups(account: Account) -> str:
    now = account.clock.now()
    return _table(
        "Lookups",
        ("number", "lookup ID", "cost", "requested", "result"),
        (
            (
                escape(lookup.number.e164),
                f"<code>{lookup.lookup_id}</code>",
                f"{lookup.cost:.2f}",
                f"{lookup.requested:%Y-%m-%d %H:%M:%S}",
                "available" if lookup.ready <= now else "pending",
            )
            for lookup in account.lookups.newest(MAX_ROWS)
        ),
    )


def _requests(requests: Sequence[RecordedRequest]) -> str:
    return _table(
        "Requests",
        ("time", "method", "path", "operation", "status"),
        (
            (
                f"{request.time:%H:%M:%S}",
                escape(request.method),
                f"<code>{escape(request.path)}</code>",
                escape(request.operation or ""),
                f"<span class={'good' if request.status < 400 else 'bad'}>{request.status}</span>",
            )
            for request in reversed(requests[-MAX_ROWS:])
        ),
    )


def _table(title: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    lines = [
        "<tr>"
        + "".join(
            f"<td{' class=text' if name == 'text' else ''}>{cell}</td>" for name, cell in zip(columns, row, strict=True)
        )
        for row in rows
    ]
    if not lines:
        return f"<h2>{title}</h2><p class=none>None yet</p>"
    head = "".join(f"<th>{column}</th>" for column in columns)
    return f"<h2>{title}</h2><div class=scroll><table><tr>{head}</tr>{''.join(lines)}</table></div>"
