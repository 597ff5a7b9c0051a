"""The layers import one way: shell -> drivers -> pool, and the core is pure."""

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "custom_components" / "ev_charger_pool"
PURE = {
    "collections",
    "dataclasses",
    "datetime",
    "enum",
    "functools",
    "itertools",
    "math",
    "numpy",
    "operator",
    "statistics",
    "typing",
}
"""What pool/ may import: plain parts of the standard library without I/O, clock or chance, and numpy."""

FORBIDDEN = {
    "pool": {"", "flow", "drivers", "simulation"},
    "drivers": {"", "flow", "simulation"},
    "simulation": {"", "flow", "drivers"},
}
"""Per layer the layers it must not import; "" is the shell."""


def imports(path: Path) -> list[tuple[str, str]]:
    """Layer (None-free: "outside" for other packages) and module of everything that a file imports."""
    parts = path.relative_to(PACKAGE).parts
    found: list[tuple[str, str]] = []
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found += [("outside", alias.name) for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            found.append(("outside", node.module or ""))
        elif isinstance(node, ast.ImportFrom):
            above = parts[: len(parts) - node.level]
            names = [node.module] if node.module else [alias.name for alias in node.names]
            for name in names:
                target = (*above, *name.split("."))
                found.append((target[0] if (PACKAGE / target[0]).is_dir() else "", ".".join(target)))
    return found


def files(layer: str) -> list[Path]:
    return sorted((PACKAGE / layer).rglob("*.py"))


@pytest.mark.parametrize("path", files("pool"), ids=lambda path: path.name)
def test_the_core_is_pure(path: Path) -> None:
    outside = {module.split(".")[0] for layer, module in imports(path) if layer == "outside"}
    assert outside <= PURE


@pytest.mark.parametrize("layer", [layer for layer in FORBIDDEN if (PACKAGE / layer).is_dir()])
def test_imports_point_one_way(layer: str) -> None:
    wrong = [(path.name, module) for path in files(layer) for to, module in imports(path) if to in FORBIDDEN[layer]]
    assert not wrong


def test_only_what_deals_with_entities_knows_home_assistant() -> None:
    users = {
        path.name
        for path in files("drivers")
        for _, module in imports(path)
        if module.split(".")[0] in {"homeassistant", "voluptuous", "probatio"}
    }
    assert all(name.startswith("entit") for name in users)


PHYSICS = {"car", "charger", "delayed", "house"}
"""Modules of simulation/ that know nothing of the pool: the demo's devices stand on them as well."""


@pytest.mark.parametrize("name", sorted(PHYSICS))
def test_physics_stand_on_their_own(name: str) -> None:
    within = {module for layer, module in imports(PACKAGE / "simulation" / f"{name}.py") if layer != "outside"}
    assert within <= {f"simulation.{other}" for other in PHYSICS}


def test_the_demo_does_not_know_the_integration() -> None:
    """Its devices are written from the facts, so that they can prove the drivers wrong; physics they share."""
    own = "custom_components.ev_charger_pool"
    shared = {f"{own}.simulation.{name}" for name in PHYSICS}
    for path in (PACKAGE.parent.parent / "demo" / "devices").rglob("*.py"):
        modules = set()
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                modules |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                modules.add(node.module or "")
        assert {module for module in modules if "custom_components" in module} <= shared
