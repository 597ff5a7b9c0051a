"""A dashboard for the demo, made of core's own cards."""

from .client import Client, Json
from .site import PLACES, Site

URL = "ev-charger-pool"
FUSE_GAUGE = {"min": 0, "max": 35, "needle": True, "severity": {"green": 0, "yellow": 22, "red": 25}}
HOURS_SHOWN = 0.25
OWN = {"control": "Control", "strategy": "Strategy", "limiting_phase": "Limiting phase", "ev_power": "All cars"}
CHARGER = {
    "state": "State",
    "allocated_current": "Allocated",
    "limit": "In the charger",
    "current_l1": "Drawn",
    "priority": "Priority",
}
"""Names by key: on a card of its own charger, an entity needs no more."""


async def show_dashboard(client: Client, site: Site) -> None:
    """Add the dashboard to the sidebar."""
    await client.command(
        "lovelace/dashboards/create",
        url_path=URL,
        title="EV Charger Pool",
        icon="mdi:ev-station",
        show_in_sidebar=True,
        require_admin=False,
    )
    sections = [_fuse(site), _house(site), *(_charger(site, name) for name in PLACES)]
    view = {"title": "House", "type": "sections", "max_columns": 3, "sections": sections}
    await client.command("lovelace/config/save", url_path=URL, config={"views": [view]})


def _fuse(site: Site) -> Json:
    lines = [site.entities[Site.OWN, f"mains_current_l{line}"] for line in (1, 2, 3)]
    gauges = [
        {"type": "gauge", "entity": entity, "name": f"L{line}", "grid_options": {"columns": 4}, **FUSE_GAUGE}
        for line, entity in enumerate(lines, start=1)
    ]
    return _section("Main fuse, 25 A", [*gauges, _history(lines)])


def _house(site: Site) -> Json:
    limits = [site.entities[name, "allocated_current"] for name in PLACES]
    return _section(
        "Balance", [*(_tile(site.entities[Site.OWN, key], name) for key, name in OWN.items()), _history(limits)]
    )


def _charger(site: Site, name: str) -> Json:
    tiles = [_tile(site.entities[name, key], title) for key, title in CHARGER.items()]
    sentence = f"{{{{ state_attr('{site.entities[name, 'reason']}', 'sentence') }}}}"
    return _section(PLACES[name].name, [{"type": "markdown", "content": sentence}, *tiles])


def _section(heading: str, cards: list[Json]) -> Json:
    return {"type": "grid", "cards": [{"type": "heading", "heading": heading}, *cards]}


def _tile(entity: str, name: str) -> Json:
    return {"type": "tile", "entity": entity, "name": name}


def _history(entities: list[str]) -> Json:
    return {"type": "history-graph", "hours_to_show": HOURS_SHOWN, "entities": [{"entity": one} for one in entities]}
