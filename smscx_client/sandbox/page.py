"""The page that shows an account as it is."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

from smscx_client.sandbox.account import Account
from smscx_client.sandbox.requests import Arrived

SHOWN = 25
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


def account_page(account: Account, requests: Sequence[Arrived], generation: str) -> str:
    """The page, as HTML: the newest rents, SMS, lookups and requests."""
    rents = list(account.rents.values())
    received = sorted((sms for rent in rents for sms in rent.received[-SHOWN:]), key=lambda sms: sms.received_at)
    figures = {
        "credit": f"{account.credit:,.2f}",
        "active rents": f"{sum(rent.active for rent in rents):,}",
        "received SMS": f"{sum(len(rent.received) for rent in rents):,}",
        "lookups": f"{len(account.lookups):,}",
        "bulk lookups": f"{len(account.bulk_lookups):,}",
    }
    return "\n".join(
        (
            "<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport content='width=device-width'>",
            "<meta http-equiv=refresh content=3>",
            f"<title>SMS.CX sandbox</title><style>{_STYLE}</style>",
            (
                f"<header><h1>SMS.CX sandbox</h1><span>generation {escape(generation)}, its clock says "
                f"{account.clock.now():%Y-%m-%d %H:%M:%S} UTC, <a href=/openapi.json>openapi.json</a></span></header>"
            ),
            "<div class=figures>"
            + "".join(f"<div><b>{value}</b>{name}</div>" for name, value in figures.items())
            + "</div>",
            _table(
                "Rents",
                ("number", "rent", "days", "cost", "start", "end", "renews", "state", "SMS"),
                (
                    (
                        escape(rent.offer.phone_number),
                        f"<code>{rent.rent_id}</code>",
                        rent.period,
                        f"{rent.cost:.2f}",
                        f"{rent.start:%Y-%m-%d %H:%M}",
                        f"{rent.end:%Y-%m-%d %H:%M}",
                        "yes" if rent.auto_renew else "no",
                        "<span class=good>active</span>" if rent.active else "ended",
                        len(rent.received),
                    )
                    for rent in reversed(rents[-SHOWN:])
                ),
            ),
            _table(
                "Received SMS",
                ("at", "from", "to", "text"),
                (
                    (f"{sms.received_at:%Y-%m-%d %H:%M:%S}", escape(sms.sender), escape(sms.to), escape(sms.text))
                    for sms in reversed(received[-SHOWN:])
                ),
            ),
            _table(
                "Lookups",
                ("number", "lookup", "cost", "asked", "result"),
                (
                    (
                        escape(lookup.number.e164),
                        f"<code>{lookup.lookup_id}</code>",
                        f"{lookup.cost:.2f}",
                        f"{lookup.asked:%Y-%m-%d %H:%M:%S}",
                        "ready" if lookup.ready <= account.clock.now() else "to come",
                    )
                    for lookup in reversed(account.newest_lookups(SHOWN))
                ),
            ),
            _table(
                "Requests",
                ("at", "method", "path", "operation", "status"),
                (
                    (
                        f"{arrived.time:%H:%M:%S}",
                        escape(arrived.method),
                        f"<code>{escape(arrived.path)}</code>",
                        escape(arrived.operation or ""),
                        f"<span class={'good' if arrived.status < 400 else 'bad'}>{arrived.status}</span>",
                    )
                    for arrived in reversed(requests[-SHOWN:])
                ),
            ),
        )
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
        return f"<h2>{title}</h2><p class=none>none yet</p>"
    head = "".join(f"<th>{column}</th>" for column in columns)
    return f"<h2>{title}</h2><div class=scroll><table><tr>{head}</tr>{''.join(lines)}</table></div>"
