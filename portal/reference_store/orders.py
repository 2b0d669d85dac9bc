"""Carrying out orders in a reference store: its files are really read, noted on, set aside or deleted."""

from collections.abc import Mapping
from typing import Any

from consent.client import Orders
from portal.reference_store.holdings import Holdings


def carry_out(orders: Orders, holdings: Holdings) -> int:
    """Carry out every open order and answer it; how many.

    Raises:
        consent.client.Unreachable, consent.client.Refused: asked again later, nothing is done twice.
    """
    acts = {"collect": _collect, "rectify": _rectify, "restrict": _restrict, "erase": _erase}
    done = 0
    for task in orders.open_ones():
        orders.accept(task)
        orders.answer(task, acts[task["kind"]](task, holdings))
        done += 1
    return done


def _collect(task: Mapping[str, Any], holdings: Holdings) -> dict[str, Any]:
    # What shows others too is told of and not copied: this store cannot take somebody out of a picture.
    shared = set(task["instructions"]["with_others"])
    return {"items": [holdings.described(name, withhold=name in shared) for name in task["items"]]}


def _rectify(task: Mapping[str, Any], holdings: Holdings) -> dict[str, Any]:
    correction = str(task["instructions"].get("correction", ""))
    for name in task["items"]:
        holdings.note("corrections.ndjson", {"item": name, "correction": correction})
    return {"done": task["items"]}


def _restrict(task: Mapping[str, Any], holdings: Holdings) -> dict[str, Any]:
    for name in task["items"]:
        holdings.note("set-aside.ndjson", {"item": name})
    return {"done": task["items"]}


def _erase(task: Mapping[str, Any], holdings: Holdings) -> dict[str, Any]:
    shared, keep = set(task["instructions"]["with_others"]), set(task["instructions"].get("keep", ()))
    kept = {name: "shows others too" for name in task["items"] if name in shared}
    kept |= {name: "kept by order" for name in task["items"] if name in keep}
    for name in task["items"]:
        if name not in kept:
            holdings.erase(name)
    return {
        "done": [name for name in task["items"] if name not in kept],
        "kept": [{"item": name, "reason": reason} for name, reason in kept.items()],
    }
